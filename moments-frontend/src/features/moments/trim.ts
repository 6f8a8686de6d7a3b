/** Trimming of moments; times in seconds. */

import type { Word } from "@/api/schema";
import { type TextKey, t } from "@/i18n";
import { formatPreciseTime } from "@/lib/format";

export interface TrimRange {
  start: number;
  end: number;
}
export type TrimHandle = keyof TrimRange;
export const HANDLES = ["start", "end"] as const;
export const HANDLE_LABELS: Record<TrimHandle, TextKey> = { start: "common.start", end: "common.end" };

/** Minimum length accepted by the API. */
export const MIN_SECONDS = 1;
const CONTEXT_SECONDS = 30;
const CONTEXT_SHARE = 0.25;

/** Return the range of the whole video, rounded down to 0.01 s. */
export function fullRange(duration: number | null): TrimRange {
  return {
    start: 0,
    end: duration === null ? Number.POSITIVE_INFINITY : Math.floor(duration * 100 + 1e-6) / 100,
  };
}

/** Return the range, extended to the minimum length within the video. */
export function lengthened({ start, end }: TrimRange, duration: number | null): TrimRange {
  const whole = fullRange(duration);
  const last = round(Math.min(whole.end, Math.max(end, start + MIN_SECONDS)));
  return { start: round(Math.max(0, Math.min(start, last - MIN_SECONDS))), end: last };
}

/** Return the visible range: the moment with context on both sides. */
export function windowAround({ start, end }: TrimRange, duration: number | null): TrimRange {
  const around = Math.max(CONTEXT_SECONDS, (end - start) * CONTEXT_SHARE);
  const whole = fullRange(duration);
  return {
    start: Math.max(0, Math.floor(start - around)),
    end: Math.min(whole.end, Math.ceil(end + around)),
  };
}

/** Distance to the visible boundary that expands the visible range. */
const EDGE_MARGIN_SECONDS = 2;

/** Expand the visible range if a handle is near its boundary; it never shrinks. */
export function expandWindow(view: TrimRange, edges: TrimRange, duration: number | null): TrimRange {
  const around = windowAround(edges, duration);
  return {
    start: edges.start < view.start + EDGE_MARGIN_SECONDS ? Math.min(view.start, around.start) : view.start,
    end: edges.end > view.end - EDGE_MARGIN_SECONDS ? Math.max(view.end, around.end) : view.end,
  };
}

/** Move one handle within `bounds` and at least `MIN_SECONDS` from the other. */
export function moveHandle(edges: TrimRange, edge: TrimHandle, to: number, bounds: TrimRange): TrimRange {
  const seconds = round(to);
  if (edge === "start") return { ...edges, start: clamp(seconds, bounds.start, edges.end - MIN_SECONDS) };
  return { ...edges, end: clamp(seconds, edges.start + MIN_SECONDS, bounds.end) };
}

function clamp(value: number, min: number, max: number): number {
  return round(Math.max(min, Math.min(max, value)));
}

/** Round to 0.01 s, which is shorter than a frame. */
function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}

/** Snap to the nearest word start (or end, for the end handle) within `reach` seconds. */
export function snapToWord(words: readonly Word[], edge: TrimHandle, seconds: number, reach: number): number {
  let best = seconds;
  let distance = reach;
  for (const word of words) {
    const away = Math.abs(word[edge] - seconds);
    if (away > distance) continue;
    best = word[edge];
    distance = away;
  }
  return best;
}

export function wordsIn(words: readonly Word[], { start, end }: TrimRange): Word[] {
  return words.filter((word) => word.end > start && word.start < end);
}

export interface WordsAround {
  before: readonly Word[];
  after: readonly Word[];
}

/** Return up to `count` words on each side of a time; words are assigned by their midpoint. */
export function wordsAround(words: readonly Word[], seconds: number, count: number): WordsAround {
  const first = words.findIndex((word) => (word.start + word.end) / 2 >= seconds);
  const cut = first < 0 ? words.length : first;
  return { before: words.slice(Math.max(0, cut - count), cut), after: words.slice(cut, cut + count) };
}

/** Return why the API would reject the range, or null if it is valid. */
export function validateTrim({ start, end }: TrimRange, duration: number | null): string | null {
  if (start < 0) return t("moments.startMustNotBeBefore");
  if (end <= start) return t("moments.endMustBeAfterStart");
  if (end - start < MIN_SECONDS - 1e-6) return t("moments.minimumLengthIs1Second");
  if (duration !== null && end > duration + 0.005)
    return t("moments.endMustNotBeAfter", { duration: formatPreciseTime(duration) });
  return null;
}
