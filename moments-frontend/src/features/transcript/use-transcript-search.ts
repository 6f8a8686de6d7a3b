import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useSearch } from "wouter/use-browser-location";
import { videoHitsQuery } from "@/api/search";
import { usePlayer } from "@/lib/player";
import { type OpenedHit, parseOpenedHit } from "@/lib/routes";
import { addHits, addSegment } from "./api-matches";
import { findMatches, firstMatchFrom, indexWords, matchesBySegment, type Place } from "./search";
import { lastIndexAtOrBefore } from "./segments";
import type { SegmentListState } from "./use-segment-list";

/** Delay between the last key press and the request; matches in the page are shown at once. */
const DEBOUNCE_MS = 250;

interface TranscriptSearchOptions {
  videoId: string;
  texts: readonly string[];
  /** Start times of the segments. */
  starts: readonly number[];
  /** Segment at which a typed search starts. */
  from: number;
  list: Pick<SegmentListState, "show" | "follow">;
}

/** State of the transcript search, which begins with the query of a hit that the URL opens. */
export function useTranscriptSearch({ videoId, texts, starts, from, list }: TranscriptSearchOptions) {
  const player = usePlayer();
  const placeOf = ({ seconds }: OpenedHit): Place => ({
    segment: Math.max(0, lastIndexAtOrBefore(starts, seconds)),
    from: 0,
  });
  const [opened, isNew] = useOpenedHit();
  const [query, setQuery] = useState(opened?.query ?? "");
  const [place, setPlace] = useState<Place>(() => (opened ? placeOf(opened) : { segment: 0, from: 0 }));
  if (isNew && opened) {
    setQuery(opened.query);
    setPlace(placeOf(opened));
  }
  /** The search belongs to the URL until another query is typed; its steps play the matches. */
  const isOpened = opened !== null && query === opened.query;
  const meant = isOpened && opened.isByMeaning ? opened : null;
  const { matches, isPending } = useMatches(videoId, texts, query, meant ? placeOf(meant).segment : null);
  const selected = firstMatchFrom(matches, place);
  const highlights = useMemo(() => matchesBySegment(matches, selected), [matches, selected]);

  const wantsMatch = useRef(false);
  const segment = matches[selected]?.[0]?.segment;
  useEffect(() => {
    if (!wantsMatch.current || segment === undefined) return;
    wantsMatch.current = false;
    list.show(segment);
  });

  return {
    query,
    count: matches.length,
    selected,
    highlights,
    isPending,
    search: (next: string) => {
      wantsMatch.current = true;
      setQuery(next);
      setPlace({ segment: from, from: 0 });
    },
    step: (step: 1 | -1) => {
      const first = matches[(selected + step + matches.length) % matches.length]?.[0];
      if (!first) return;
      setPlace(first);
      if (isOpened) {
        player.seek(starts[first.segment] ?? 0, { play: true });
        list.follow();
      } else list.show(first.segment);
    },
  };
}

/** Return the hit in the URL, and whether it is another one than before. */
function useOpenedHit(): [OpenedHit | null, boolean] {
  const search = useSearch();
  const [previous, setPrevious] = useState(search);
  if (search !== previous) setPrevious(search);
  return [useMemo(() => parseOpenedHit(search), [search]), search !== previous];
}

/** Return the matches in the page, and those of the API once it has responded.
 *
 * @param meant segment of a hit found by meaning; null for a search by words */
function useMatches(videoId: string, texts: readonly string[], query: string, meant: number | null) {
  const wanted = query.trim();
  const settled = useDebounced(wanted);
  const hits = useQuery({
    ...videoHitsQuery(videoId, settled, meant === null ? "words" : "meaning"),
    retry: false, // without the API, matches in the page remain
  });
  const isSettled = settled === wanted;
  const results = isSettled && wanted !== "" ? hits.data : undefined;
  const isUsed = wanted !== "" && meant === null;
  const words = useMemo(() => (isUsed ? indexWords(texts) : []), [isUsed, texts]);
  const matches = useMemo(() => {
    const all = addHits(findMatches(words, isUsed ? wanted : ""), texts, results);
    return meant === null ? all : addSegment(all, texts, meant);
  }, [words, isUsed, wanted, texts, results, meant]);
  return { matches, isPending: wanted !== "" && (!isSettled || hits.isFetching) };
}

function useDebounced(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
