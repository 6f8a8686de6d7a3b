/** Transcript search, including matches that span segments. */

export interface MatchRange {
  /** Index of the segment. */
  segment: number;
  /** Character range in the segment's text; `to` is exclusive. */
  from: number;
  to: number;
}

/** One match: a range in each segment it spans. */
export type Match = readonly MatchRange[];

/** Find all matches of `query`, ignoring case and white space. */
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
  let segment = 0;
  for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, at + wanted.length)) {
    while ((starts[segment + 1] ?? Number.POSITIVE_INFINITY) <= at) segment += 1;
    matches.push(matchRanges(texts, starts, segment, at, at + wanted.length));
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
  const ranges: MatchRange[] = [];
  for (let segment = first; segment < texts.length && (starts[segment] ?? to) < to; segment += 1) {
    const start = starts[segment] ?? 0;
    const length = texts[segment]?.length ?? 0;
    const range = { segment, from: Math.max(0, from - start), to: Math.min(length, to - start) };
    if (range.from < range.to) ranges.push(range);
  }
  return ranges;
}

/** Lower-case `text` unless that changes its length, which would shift match positions. */
function fold(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text;
}

/** Return the index of the first match at or after `segment`, or 0. */
export function firstMatchFrom(matches: readonly Match[], segment: number): number {
  return Math.max(
    0,
    matches.findIndex((match) => (match[0]?.segment ?? 0) >= segment),
  );
}

export interface HighlightRange {
  text: string;
  /** Index of the word, or null for white space. */
  word: number | null;
  mark: "found" | "current" | null;
}

/** Split the text at word and highlight boundaries. */
export function highlightRanges(text: string, found: readonly Highlight[]): HighlightRange[] {
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
      const mark = found.find((range) => range.from <= from && to <= range.to);
      runs.push({
        text: text.slice(from, to),
        word: isWord ? word : null,
        mark: mark ? (mark.isCurrent ? "current" : "found") : null,
      });
    }
  }
  return runs;
}

/** A match range, and whether it belongs to the selected match. */
export type Highlight = MatchRange & { isCurrent: boolean };

/** Group the ranges of all matches by segment. */
export function matchesBySegment(
  matches: readonly Match[],
  selected: number,
): ReadonlyMap<number, readonly Highlight[]> {
  const highlights = new Map<number, Highlight[]>();
  for (const [index, match] of matches.entries()) {
    for (const range of match) {
      const highlight = { ...range, isCurrent: index === selected };
      highlights.set(range.segment, [...(highlights.get(range.segment) ?? []), highlight]);
    }
  }
  return highlights;
}
