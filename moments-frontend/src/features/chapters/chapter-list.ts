/** Changes of a list of chapters. */

import type { Chapter, ChapterDraft } from "@/api/chapters";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";

/** Smallest distance of two starts. */
export const MIN_DISTANCE_SECONDS = 1;
const ADJOINING_SECONDS = 0.05;

/** Return the chapters for editing: those that end where the next one starts follow it when it moves. */
export function toDrafts(chapters: readonly Chapter[], duration: number | null): ChapterDraft[] {
  return chapters.map(({ start_time, end_time, title }, index) => {
    const following = chapters[index + 1]?.start_time ?? duration ?? end_time;
    return { start_time, title, end_time: end_time >= following - ADJOINING_SECONDS ? null : end_time };
  });
}

/** Return the chapters in order; an end that the start of another chapter has passed is dropped. */
function inOrder(drafts: readonly ChapterDraft[]): ChapterDraft[] {
  const sorted = drafts.toSorted((one, other) => one.start_time - other.start_time);
  return sorted.map((draft, index) => {
    const following = sorted[index + 1]?.start_time ?? Number.POSITIVE_INFINITY;
    const isValid =
      draft.end_time !== null && draft.end_time > draft.start_time && draft.end_time <= following;
    return isValid ? draft : { ...draft, end_time: null };
  });
}

export function addChapter(
  drafts: readonly ChapterDraft[],
  start_time: number,
  title: string,
): ChapterDraft[] {
  return inOrder([...drafts, { start_time, end_time: null, title }]);
}

export function changeChapter(
  drafts: readonly ChapterDraft[],
  index: number,
  change: Pick<ChapterDraft, "start_time" | "title">,
): ChapterDraft[] {
  return inOrder(drafts.map((draft, at) => (at === index ? { ...draft, ...change } : draft)));
}

/** Remove a chapter; the one before it continues up to the next. */
export function removeChapter(drafts: readonly ChapterDraft[], index: number): ChapterDraft[] {
  return drafts.filter((_, at) => at !== index);
}

/** Return why a chapter cannot start at a time, or null. `except` is the index of the chapter itself. */
export function startProblem(
  chapters: readonly Pick<Chapter, "start_time">[],
  seconds: number,
  duration: number | null,
  except: number | null,
): string | null {
  if (duration !== null && seconds >= duration)
    return t("chapters.chooseATimeBeforeDuration", { duration: formatTime(duration) });
  const isTaken = chapters.some(
    ({ start_time }, index) => index !== except && Math.abs(start_time - seconds) < MIN_DISTANCE_SECONDS,
  );
  return isTaken ? t("chapters.anotherChapterStartsAtThis") : null;
}

/** Return the index of the chapter that contains a time, or -1. */
export function chapterIndexAt(chapters: readonly Chapter[], seconds: number): number {
  return chapters.findLastIndex(({ start_time, end_time }) => start_time <= seconds && seconds < end_time);
}

/** Return lines for the description of a video; sites read them only if the first one is 00:00. */
export function toDescription(chapters: readonly Chapter[]): string {
  const lines = chapters.map(({ start_time, title }) => `${clock(start_time)} ${title}`);
  if ((chapters[0]?.start_time ?? 0) >= 1) lines.unshift(`${clock(0)} Start`);
  return lines.join("\n");
}

function clock(seconds: number): string {
  const text = formatTime(seconds);
  return text.length < "00:00".length ? `0${text}` : text;
}
