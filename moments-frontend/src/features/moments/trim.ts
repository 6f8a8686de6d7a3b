/** Where a moment begins and ends, while somebody moves that. Times in seconds. */

import type { Word } from "@/api/schema";
import { formatTime } from "@/lib/format";

export interface TrimRange {
  start: number;
  end: number;
}
export type TrimHandle = keyof TrimRange;

/** The shortest moment that the API takes. */
export const MIN_SECONDS = 1;
const CONTEXT_SECONDS = 30;
const CONTEXT_SHARE = 0.25;

/** The whole video, as far as an edge can be moved: to the last hundredth of a second that is in it. */
export function fullRange(duration: number | null): TrimRange {
  return {
    start: 0,
    end: duration === null ? Number.POSITIVE_INFINITY : Math.floor(duration * 100 + 1e-6) / 100,
  };
}

/** The piece of the video that the editor shows: the moment, and around it enough to move its edges in. */
export function windowAround({ start, end }: TrimRange, duration: number | null): TrimRange {
  const around = Math.max(CONTEXT_SECONDS, (end - start) * CONTEXT_SHARE);
  const whole = fullRange(duration);
  return {
    start: Math.max(0, Math.floor(start - around)),
    end: Math.min(whole.end, Math.ceil(end + around)),
  };
}

/** An edge this near to the end of what is shown wants to see more. */
const EDGE_MARGIN_SECONDS = 2;

/** The window with more of the video, where an edge has come to its end. It never shows less. */
export function expandWindow(view: TrimRange, edges: TrimRange, duration: number | null): TrimRange {
  const around = windowAround(edges, duration);
  return {
    start: edges.start < view.start + EDGE_MARGIN_SECONDS ? Math.min(view.start, around.start) : view.start,
    end: edges.end > view.end - EDGE_MARGIN_SECONDS ? Math.max(view.end, around.end) : view.end,
  };
}

/** The edges with one of them moved, as far as it goes: inside the bounds, and not into the other. */
export function moveHandle(edges: TrimRange, edge: TrimHandle, to: number, bounds: TrimRange): TrimRange {
  const seconds = round(to);
  if (edge === "start") return { ...edges, start: clamp(seconds, bounds.start, edges.end - MIN_SECONDS) };
  return { ...edges, end: clamp(seconds, edges.start + MIN_SECONDS, bounds.end) };
}

function clamp(value: number, min: number, max: number): number {
  return round(Math.max(min, Math.min(max, value)));
}

/** Hundredths of a second: a picture lasts longer. */
function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}

/** The nearest place where a word begins (for a start) or ends (for an end), if one is within `reach`. */
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

/** The words next to a cut, on its two sides. A word belongs to the side on which its middle is. */
export function wordsAround(words: readonly Word[], seconds: number, count: number): WordsAround {
  const first = words.findIndex((word) => (word.start + word.end) / 2 >= seconds);
  const cut = first < 0 ? words.length : first;
  return { before: words.slice(Math.max(0, cut - count), cut), after: words.slice(cut, cut + count) };
}

/** What the API would not take, in words; null where it would. */
export function validateTrim({ start, end }: TrimRange, duration: number | null): string | null {
  if (start < 0) return "A moment cannot begin before the video does.";
  if (end <= start) return "The end has to come after the start.";
  if (end - start < MIN_SECONDS - 1e-6) return "A moment lasts a second at least.";
  if (duration !== null && end > duration + 0.005)
    return `The video ends at ${formatPreciseTime(duration)}; the moment has to end by then.`;
  return null;
}

/** `0:07`, `0:07.5`, `1:02:03.25`: with as much of the second as there is. */
export function formatPreciseTime(seconds: number): string {
  const hundredths = Math.round(Math.max(0, seconds) * 100);
  const rest = hundredths % 100;
  const digits = rest === 0 ? "" : `.${String(rest).padStart(2, "0").replace(/0$/, "")}`;
  return formatTime(Math.floor(hundredths / 100)) + digits;
}

/** `12.4 s`, `1 min 2.5 s`. */
export function formatPreciseDuration(seconds: number): string {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  const rest = (tenths % 600) / 10;
  return tenths < 600 ? `${rest} s` : `${Math.floor(tenths / 600)} min ${rest} s`;
}

/** How far a key moves an edge; null for keys that do not. */
export function keyStep(key: string, isShift: boolean): number | null {
  const step = isShift ? 1 : 0.1;
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return -step;
    case "ArrowRight":
    case "ArrowUp":
      return step;
    case "PageUp":
      return 5;
    case "PageDown":
      return -5;
    default:
      return null;
  }
}
