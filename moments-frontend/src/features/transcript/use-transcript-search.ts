import { useMemo, useState } from "react";
import { findMatches, firstMatchFrom, type Match, matchesBySegment } from "./search";

/** State of the transcript search. A search starts at the segment `from`; `show` reveals the selected match. */
export function useTranscriptSearch(texts: readonly string[], from: number, show: (segment: number) => void) {
  const [query, setQuery] = useState("");
  const [selected, setSelected] = useState(0);
  const matches = useMemo(() => findMatches(texts, query), [texts, query]);
  const highlights = useMemo(() => matchesBySegment(matches, selected), [matches, selected]);

  function select(list: readonly Match[], index: number) {
    setSelected(index);
    const segment = list[index]?.[0]?.segment;
    if (segment !== undefined) show(segment);
  }
  return {
    query,
    count: matches.length,
    selected,
    highlights,
    search: (next: string) => {
      const found = findMatches(texts, next);
      setQuery(next);
      select(found, firstMatchFrom(found, from));
    },
    step: (step: 1 | -1) => select(matches, (selected + step + matches.length) % matches.length),
  };
}
