/** Captions of the preview. The server splits them by the same idea, but with the fonts' real widths. */

import type { Word } from "@/api/schema";

/** A pause that starts a new caption, in seconds. */
const PAUSE_SECONDS = 0.8;

export interface PreviewCaption {
  words: readonly string[];
  /** Index of the word being spoken; -1 before the first one. */
  spoken: number;
}

/** Return the largest number of characters of a caption.
 *
 * @param ratio aspect ratio of the exported picture */
export function captionLength(ratio: number): number {
  return ratio < 1 ? 24 : 42;
}

/** Return the caption at a time, or the first one after it within the range; null if there is none. */
export function captionAt(
  words: readonly Word[],
  { start, end }: { start: number; end: number },
  seconds: number,
  maxLength: number,
): PreviewCaption | null {
  const inside = words.filter((word) => word.end > start && word.start < end);
  const groups = splitWords(inside, maxLength);
  const group = groups.find((one) => (one.at(-1)?.end ?? 0) >= seconds) ?? groups.at(-1);
  if (!group) return null;
  return {
    words: group.map(({ word }) => word.trim()),
    spoken: group.findLastIndex((word) => word.start <= seconds),
  };
}

function splitWords(words: readonly Word[], maxLength: number): Word[][] {
  const groups: Word[][] = [];
  let length = 0;
  for (const word of words) {
    const group = groups.at(-1);
    const previous = group?.at(-1);
    const size = word.word.trim().length + 1;
    const isEnd = previous && (/[.!?…]$/.test(previous.word) || word.start - previous.end > PAUSE_SECONDS);
    if (!group || isEnd || length + size > maxLength + 1) {
      groups.push([word]);
      length = size;
    } else {
      group.push(word);
      length += size;
    }
  }
  return groups;
}
