/** Queries of the search: words, `"exact phrases"` and `-exclusions`, as the API parses them. */

import { foldWords } from "./fold";

/** A word or phrase of a query, as folded words. */
export interface Term {
  words: readonly string[];
  /** A longer word matches too, as `moon` in `moons`. */
  isPrefix: boolean;
}

export interface ParsedQuery {
  terms: readonly Term[];
  excluded: readonly Term[];
}

const PART = /((?<!\S)[-−])?(?:"([^"]*)("?)|([^\s"]+))/g;
/** Shorter words match only themselves, except the last one, which may be incomplete. */
const MIN_PREFIX = 3;

export function parseQuery(query: string): ParsedQuery {
  const terms: Term[] = [];
  const excluded: Term[] = [];
  const text = query.replace(/[“”„‟«»″＂]/g, '"');
  for (const found of text.matchAll(PART)) {
    const [part, minus, phrase, close, word] = found;
    const words = foldWords(phrase ?? word ?? "").map((folded) => folded.word);
    if (words.length === 0) continue;
    const isLast = found.index + part.length === text.length;
    const isLong = words.length === 1 && (words[0]?.length ?? 0) >= MIN_PREFIX;
    const isPrefix = phrase === undefined ? isLast || isLong : isLast && close === "";
    if (minus) excluded.push({ words, isPrefix: false });
    else terms.push({ words, isPrefix });
  }
  return { terms, excluded };
}
