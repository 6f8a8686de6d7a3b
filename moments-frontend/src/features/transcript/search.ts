/** Transcript search, including matches that span segments. */

import { type FoldedWord, foldWords } from "./fold";
import { parseQuery, type Term } from "./query";

export interface MatchRange {
  /** Index of the segment. */
  segment: number;
  /** Character range in the segment's text; `to` is exclusive. */
  from: number;
  to: number;
}

/** A position in the transcript. */
export type Place = Pick<MatchRange, "segment" | "from">;

/** One match: the ranges of its words, in order. */
export type Match = readonly MatchRange[];

/** A folded word of the transcript. */
interface IndexedWord extends FoldedWord {
  /** Index of the segment. */
  segment: number;
}

/** Return the folded words of all segments. */
export function indexWords(texts: readonly string[]): IndexedWord[] {
  return texts.flatMap((text, segment) => foldWords(text).map((word) => ({ ...word, segment })));
}

/** Find all matches of a query.
 *
 * A single word or phrase matches wherever it occurs. Several match segments that contain all of them, and where
 * they follow each other across segments. */
export function findMatches(words: readonly IndexedWord[], query: string): Match[] {
  const { terms, excluded } = parseQuery(query);
  if (terms.length === 0) return [];
  const without = new Set(excluded.flatMap((term) => segmentsOf(occurrences(words, term))));
  const matches = terms.length === 1 && terms[0] ? occurrences(words, terms[0]) : findAll(words, terms);
  return matches.filter((match) => !match.some(({ segment }) => without.has(segment)));
}

/** Return one match for each segment that contains all terms, and the terms in sequence across segments. */
function findAll(words: readonly IndexedWord[], terms: readonly Term[]): Match[] {
  const found = terms.map((term) => occurrences(words, term));
  const [first = [], ...others] = found.map((ranges) => new Set(segmentsOf(ranges)));
  const complete = new Set([...first].filter((segment) => others.every((segments) => segments.has(segment))));
  const ranges = new Map<number, MatchRange[]>();
  for (const range of found.flat(2)) {
    if (complete.has(range.segment)) ranges.set(range.segment, [...(ranges.get(range.segment) ?? []), range]);
  }
  const inSegments: Match[] = [...ranges.values()].map((own) =>
    own.sort((one, other) => one.from - other.from),
  );
  const sequence = { words: terms.flatMap((term) => term.words), isPrefix: terms.at(-1)?.isPrefix ?? false };
  const across = occurrences(words, sequence).filter((match) =>
    match.every(({ segment }) => !complete.has(segment)),
  );
  return sortMatches([...inSegments, ...across]);
}

/** Find the words of a term in sequence, which may span segments. */
function occurrences(words: readonly IndexedWord[], { words: wanted, isPrefix }: Term): Match[] {
  const last = wanted.length - 1;
  const isMatch = (at: number) =>
    wanted.every((word, index) => {
      const other = words[at + index]?.word;
      return other === word || (isPrefix && index === last && other?.startsWith(word) === true);
    });
  const matches: Match[] = [];
  for (let at = 0; at + last < words.length; at += 1) {
    if (!isMatch(at)) continue;
    matches.push(joinWords(words.slice(at, at + wanted.length)));
    at += last;
  }
  return matches;
}

/** Return one range for the words of each segment. */
function joinWords(words: readonly IndexedWord[]): Match {
  const ranges = new Map<number, MatchRange>();
  for (const { segment, from, to } of words)
    ranges.set(segment, { segment, from: ranges.get(segment)?.from ?? from, to });
  return [...ranges.values()];
}

function segmentsOf(matches: readonly Match[]): number[] {
  return matches.flatMap((match) => match.map(({ segment }) => segment));
}

export function sortMatches(matches: readonly Match[]): Match[] {
  const start = (match: Match) => match[0] ?? { segment: 0, from: 0 };
  return [...matches].sort(
    (one, other) => start(one).segment - start(other).segment || start(one).from - start(other).from,
  );
}

/** Return the index of the first match at or after a position, or 0. */
export function firstMatchFrom(matches: readonly Match[], { segment, from }: Place): number {
  const isAtOrAfter = (match: Match) => {
    const [range = { segment: 0, from: 0 }] = match;
    return range.segment > segment || (range.segment === segment && range.from >= from);
  };
  return Math.max(0, matches.findIndex(isAtOrAfter));
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
