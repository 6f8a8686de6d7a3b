/** Ranges of characters in a text. */

/** Start and end, which is exclusive. */
export type Range = readonly [from: number, to: number];

/** Convert ranges of Unicode code points, which the API counts, to those of JavaScript's UTF-16 code units. */
export function toUtf16Ranges(text: string, ranges: readonly Range[]): Range[] {
  if (!/[\ud800-\udfff]/.test(text)) return [...ranges];
  const offsets: number[] = [];
  let offset = 0;
  for (const character of text) {
    offsets.push(offset);
    offset += character.length;
  }
  const at = (position: number) => offsets[position] ?? text.length;
  return ranges.map(([from, to]) => [at(from), at(to)]);
}

export interface Part {
  text: string;
  isMarked: boolean;
}

/** Split a text at ranges, which may overlap, be out of order or exceed the text. */
export function splitByRanges(text: string, ranges: readonly Range[]): Part[] {
  const parts: Part[] = [];
  let done = 0;
  const append = (to: number, isMarked: boolean) => {
    if (to > done) parts.push({ text: text.slice(done, to), isMarked });
    done = Math.max(done, to);
  };
  for (const [from, to] of [...ranges].sort(([one], [other]) => one - other)) {
    append(Math.min(from, text.length), false);
    append(Math.min(to, text.length), true);
  }
  append(text.length, false);
  return parts;
}

/** Shorten a text at a word boundary to at most `length` characters, with an ellipsis. */
export function shorten(text: string, length: number): string {
  const characters = [...text.trim()];
  if (characters.length <= length) return characters.join("");
  const start = characters.slice(0, length - 1).join("");
  const whole = start.replace(/\s+\S*$/, "");
  return `${(whole.length > length / 2 ? whole : start).replace(/[\s,;:–-]+$/, "")}…`;
}
