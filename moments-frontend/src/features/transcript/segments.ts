/** A transcript as lines on a page, and which of them is being said. */

import type { Transcript, Word } from "@/api/schema";

export interface TimedSegment {
  start: number;
  end: number;
  text: string;
  /** When each word of the text begins, in their order; empty where they cannot be told apart. */
  wordStarts: readonly number[];
}

/** The transcript's segments, each with the times of its own words. */
export function toTimedSegments({
  segment_timestamps: segments,
  word_timestamps: words,
}: Transcript): TimedSegment[] {
  const starts = words.map((word: Word) => word.start);
  return segments.map(({ start, end, text }) => {
    // A word belongs to the segment in which its middle lies: neighbours may share a rounded edge.
    let from = Math.max(0, lastIndexAtOrBefore(starts, start));
    while (from < words.length && middle(words[from]) < start) from += 1;
    let to = from;
    while (to < words.length && middle(words[to]) < end) to += 1;
    const own = starts.slice(from, to);
    return { start, end, text, wordStarts: own.length === countWords(text) ? own : [] };
  });
}

function middle(word: Word | undefined): number {
  return word ? (word.start + word.end) / 2 : Number.POSITIVE_INFINITY;
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

/** Where in the ascending `times` the last one is that is not after `time`; -1 before the first. */
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
