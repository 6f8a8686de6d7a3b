/** Captions of the preview, with the sizes of burned ones. Only their line breaks may differ. */

import type { ExportCaptionStyle } from "@/api/exports";
import type { Word } from "@/api/schema";

/** A pause that starts a new caption, in seconds. */
const PAUSE_SECONDS = 0.8;

export interface PreviewCaption {
  words: readonly string[];
  /** Index of the word being spoken; -1 before the first one. */
  spoken: number;
}

/** Sizes in percent: font and line of the picture's short side, bottom margin of its height. */
export interface CaptionLayout {
  font: number;
  line: number;
  bottom: number;
}

const SHAPES = {
  tall: { font: { classic: 5.8, bold: 7.8, karaoke: 7.4 }, line: 78, bottom: 24 },
  square: { font: { classic: 5, bold: 6.6, karaoke: 6.2 }, line: 84, bottom: 8 },
  wide: { font: { classic: 5.2, bold: 7, karaoke: 6.6 }, line: 110, bottom: 7 },
} as const;

/** Return the sizes of a style; the same as in `app/media/caption_style.py`.
 *
 * @param ratio aspect ratio of the exported picture */
export function captionLayout(style: ExportCaptionStyle, ratio: number): CaptionLayout {
  const { font, line, bottom } = SHAPES[ratio <= 0.7 ? "tall" : ratio >= 1.2 ? "wide" : "square"];
  const widest = 90 * Math.max(1, ratio);
  return { font: font[style], line: Math.min(line, widest), bottom };
}

/** Mean width of a character in parts of the font size. */
const CHARACTER_WIDTH = 0.56;
const LINES = 2;

/** Return the largest number of characters of a caption. */
export function captionLength({ font, line }: CaptionLayout): number {
  return Math.floor((LINES * line) / (font * CHARACTER_WIDTH));
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
