/** Words found in a transcript, also where they go on into the next line. */

export interface MatchRange {
  line: number;
  /** Characters of the line's text, the last one excluded. */
  from: number;
  to: number;
}

/** One place: a piece of each line that it touches. */
export type Match = readonly MatchRange[];

/** Every place that says `query`, whatever the case and however it is spaced. */
export function findMatches(texts: readonly string[], query: string): Match[] {
  const wanted = fold(query).trim().replace(/\s+/g, " ");
  if (!wanted) return [];
  const starts: number[] = [];
  let whole = "";
  for (const text of texts) {
    starts.push(whole.length);
    whole += `${fold(text).replace(/\s/g, " ")} `;
  }
  const matches: Match[] = [];
  let line = 0;
  for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, at + wanted.length)) {
    while ((starts[line + 1] ?? Number.POSITIVE_INFINITY) <= at) line += 1;
    matches.push(matchRanges(texts, starts, line, at, at + wanted.length));
  }
  return matches;
}

function matchRanges(
  texts: readonly string[],
  starts: readonly number[],
  first: number,
  from: number,
  to: number,
): Match {
  const pieces: MatchRange[] = [];
  for (let line = first; line < texts.length && (starts[line] ?? to) < to; line += 1) {
    const start = starts[line] ?? 0;
    const length = texts[line]?.length ?? 0;
    const piece = { line, from: Math.max(0, from - start), to: Math.min(length, to - start) };
    if (piece.from < piece.to) pieces.push(piece);
  }
  return pieces;
}

/** In lower case, and as long as before: where a letter would become two, it stays. */
function fold(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text;
}

/** Of the matches the first that lies at or after a line; the first of all where none does. */
export function firstMatchFrom(matches: readonly Match[], line: number): number {
  return Math.max(
    0,
    matches.findIndex((match) => (match[0]?.line ?? 0) >= line),
  );
}

export interface HighlightRange {
  text: string;
  /** Which word of the text it belongs to; null for what is between words. */
  word: number | null;
  mark: "found" | "current" | null;
}

/** The line's text cut where words and marks begin and end. */
export function highlightRanges(
  text: string,
  found: readonly (MatchRange & { isCurrent: boolean })[],
): HighlightRange[] {
  const runs: HighlightRange[] = [];
  let word = -1;
  for (const token of text.matchAll(/\s+|\S+/g)) {
    const isWord = /\S/.test(token[0]);
    if (isWord) word += 1;
    const end = token.index + token[0].length;
    const inside = found.flatMap(({ from, to }) => [from, to]).filter((at) => at > token.index && at < end);
    const edges = [token.index, ...[...new Set(inside)].sort((one, other) => one - other), end];
    for (const [index, from] of edges.slice(0, -1).entries()) {
      const to = edges[index + 1] ?? end;
      const mark = found.find((piece) => piece.from <= from && to <= piece.to);
      runs.push({
        text: text.slice(from, to),
        word: isWord ? word : null,
        mark: mark ? (mark.isCurrent ? "current" : "found") : null,
      });
    }
  }
  return runs;
}
