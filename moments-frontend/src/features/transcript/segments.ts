/** Transcript segments with word times. */

import type { SegmentRead, TranscriptRead, Word } from "@/api/schema";

export interface TimedSegment extends SegmentRead {
  /** Start time of each word in order; empty if words and times do not match. */
  wordStarts: readonly number[];
  /** End times of the same words. */
  wordEnds: readonly number[];
}

/** Return the segments of a transcript with the times of their words. */
export function toTimedSegments({
  segment_timestamps: segments,
  word_timestamps: words,
}: TranscriptRead): TimedSegment[] {
  const starts = words.map((word: Word) => word.start);
  return segments.map((segment) => {
    const { start, end, text } = segment;
    // Assign a word by its midpoint, because rounded boundaries of neighbours may overlap.
    let from = Math.max(0, lastIndexAtOrBefore(starts, start));
    while (from < words.length && middle(words[from]) < start) from += 1;
    let to = from;
    while (to < words.length && middle(words[to]) < end) to += 1;
    const own = to - from === countWords(text) ? words.slice(from, to) : [];
    return {
      ...segment,
      wordStarts: own.map((word) => word.start),
      wordEnds: own.map((word) => word.end),
    };
  });
}

function middle(word: Word | undefined): number {
  return word ? (word.start + word.end) / 2 : Number.POSITIVE_INFINITY;
}

export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

/** Return the last index in ascending `times` with a value <= `time`, or -1. */
export function lastIndexAtOrBefore(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const half = (low + high) >>> 1;
    if ((times[half] ?? Number.POSITIVE_INFINITY) <= time) low = half + 1;
    else high = half;
  }
  return low - 1;
}
