import type { TranscriptRead } from "@/api/schema";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { shorten } from "@/lib/text-ranges";
import type { TrimRange } from "./trim";

const MAX_LENGTH = 80;
/** Shorter sentences, such as "Yes.", do not name their part. */
const MIN_WORDS = 4;
/** Tolerance for edges that are rounded. */
const NEAR_SECONDS = 0.05;

/** Return a title for a part of a video: its first whole sentence, else its words, else its start. */
export function suggestTitle(
  transcript: TranscriptRead | null | undefined,
  { start, end }: TrimRange,
): string {
  const sentence = transcript?.segment_timestamps.find(
    (segment) =>
      segment.start >= start - NEAR_SECONDS &&
      segment.end <= end + NEAR_SECONDS &&
      segment.text.split(/\s+/).length >= MIN_WORDS,
  );
  const words = transcript?.word_timestamps.filter((word) => isInside(word, start, end)) ?? [];
  const text = sentence?.text ?? words.map(({ word }) => word.trim()).join(" ");
  return shorten(text, MAX_LENGTH) || t("moments.momentAtStart", { start: formatTime(start) });
}

function isInside(word: { start: number; end: number }, start: number, end: number): boolean {
  const middle = (word.start + word.end) / 2;
  return start <= middle && middle < end;
}
