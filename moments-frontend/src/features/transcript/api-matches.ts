/** Combines the matches found in the page with the API's, which include word stems and misspellings. */

import type { SearchResults } from "@/api/search";
import { toUtf16Ranges } from "@/lib/text-ranges";
import { type Match, sortMatches } from "./search";

/** Add the API's hits in segments without a match. A hit by meaning matches its whole sentence. */
export function addHits(
  matches: readonly Match[],
  texts: readonly string[],
  results: SearchResults | undefined,
): Match[] {
  // A correction replaces a query that matches nothing, not the start of a word that is being typed.
  if (!results || (matches.length > 0 && results.corrected_query != null)) return [...matches];
  const matched = new Set(matches.flatMap((match) => match.map(({ segment }) => segment)));
  const added: Match[] = [];
  for (const { kind, segment_index: segment, text, highlights } of results.hits) {
    if (kind !== "segment" || segment == null || matched.has(segment) || texts[segment] !== text) continue;
    const ranges = highlights.length > 0 ? toUtf16Ranges(text, highlights) : [[0, text.length] as const];
    added.push(ranges.map(([from, to]) => ({ segment, from, to })));
  }
  return sortMatches([...matches, ...added]);
}

/** Add a match of a whole segment, unless it has one. */
export function addSegment(matches: readonly Match[], texts: readonly string[], segment: number): Match[] {
  const text = texts[segment];
  if (text === undefined || matches.some((match) => match.some((range) => range.segment === segment)))
    return [...matches];
  return sortMatches([...matches, [{ segment, from: 0, to: text.length }]]);
}
