import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDownToLine } from "lucide-react";
import {
  type KeyboardEvent,
  type MouseEvent,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Transcript, VideoDetail } from "@/api/schema";
import { usePlayer, usePlayerValue } from "@/lib/player";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { SearchBar } from "./SearchBar";
import { SegmentRow } from "./SegmentRow";
import { findMatches, firstMatchFrom, type Match, type MatchRange } from "./search";
import { lastIndexAtOrBefore, toTimedSegments } from "./segments";
import styles from "./Transcript.module.css";

interface TranscriptViewProps {
  video: VideoDetail;
  transcript: Transcript;
}

const ESTIMATED_ROW_HEIGHT = 52;
type LineMatches = readonly (MatchRange & { isCurrent: boolean })[];
const NO_MATCHES: LineMatches = [];

/** The transcript, with the current segment highlighted and scrolled into view. */
export function TranscriptView({ video, transcript }: TranscriptViewProps) {
  const player = usePlayer();
  const lines = useMemo(() => toTimedSegments(transcript), [transcript]);
  const starts = useMemo(() => lines.map(({ start }) => start), [lines]);
  const texts = useMemo(() => lines.map(({ text }) => text), [lines]);
  const spoken = usePlayerValue(({ time }) => lastIndexAtOrBefore(starts, time));

  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const matches = useMemo(() => findMatches(texts, query), [texts, query]);
  const found = useMemo(() => matchesByLine(matches, chosen), [matches, chosen]);

  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ESTIMATED_ROW_HEIGHT,
    overscan: 12,
    getItemKey: (index) => index,
  });
  /** Scroll only the panel, so that the segment is centred. */
  const reveal = useCallback(
    (line: number) => {
      const [top] = virtualizer.getOffsetForIndex(line, "center") ?? [];
      if (top !== undefined)
        scroller.current?.scrollTo({ top, behavior: scrollBehaviour(scroller.current, top) });
    },
    [virtualizer],
  );

  const [isFollowing, setFollowing] = useState(true);
  useEffect(() => {
    if (isFollowing && spoken >= 0) reveal(spoken);
  }, [isFollowing, spoken, reveal]);

  // Roving tabindex: Tab reaches one segment, arrow keys move between segments.
  const [stop, setStop] = useState<number | null>(null);
  const tabStop = stop ?? Math.max(0, spoken);
  function focusLine(line: number) {
    const index = Math.min(lines.length - 1, Math.max(0, line));
    setFollowing(false);
    setStop(index);
    virtualizer.scrollToIndex(index);
    // The virtualised row may have to be rendered first.
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-line="${index}"] button`)?.focus(),
    );
  }
  function moveFocus(event: KeyboardEvent) {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ESTIMATED_ROW_HEIGHT) - 1);
    const to = {
      ArrowDown: tabStop + 1,
      ArrowUp: tabStop - 1,
      PageDown: tabStop + page,
      PageUp: tabStop - page,
      Home: 0,
      End: lines.length - 1,
    }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    focusLine(to);
  }

  function goTo(event: MouseEvent) {
    const target = event.target as Element;
    const row = target.closest<HTMLElement>("[data-line]");
    const line = lines[Number(row?.dataset.line)];
    if (!row || !line) return;
    // A pointer seeks to the word, the keyboard to the segment.
    const word = target.closest<HTMLElement>("[data-word]")?.dataset.word;
    player.seek((word === undefined ? undefined : line.wordStarts[Number(word)]) ?? line.start);
    setStop(Number(row.dataset.line));
    setFollowing(true);
  }

  function search(next: string) {
    const places = findMatches(texts, next);
    const first = firstMatchFrom(places, Math.max(0, spoken));
    setQuery(next);
    show(places, first);
  }
  function show(places: readonly Match[], index: number) {
    setChosen(index);
    const line = places[index]?.[0]?.line;
    if (line === undefined) return;
    setFollowing(false);
    setStop(line);
    reveal(line);
  }

  return (
    <>
      <SearchBar
        video={video}
        transcript={transcript}
        query={query}
        count={matches.length}
        chosen={chosen}
        onSearch={search}
        onStep={(step) => show(matches, (chosen + step + matches.length) % matches.length)}
      />
      <div className={styles.lines}>
        {/* biome-ignore lint/a11y/useSemanticElements: the list is virtualised and absolutely positioned */}
        <div
          ref={scroller}
          role="list"
          aria-label="Transcript"
          data-scrolls
          className={cx(styles.scroller, (starts.at(-1) ?? 0) >= 3600 && styles.hours)}
          onWheel={() => setFollowing(false)}
          onTouchMove={() => setFollowing(false)}
          onPointerDown={(event) => {
            if (event.target === event.currentTarget) setFollowing(false); // the scroll bar
          }}
          onKeyDown={moveFocus}
          onClick={goTo}
        >
          <div role="presentation" className={styles.all} style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map(({ index, start }) => {
              const line = lines[index];
              if (!line) return null;
              return (
                <SegmentRow
                  key={index}
                  ref={virtualizer.measureElement}
                  line={line}
                  index={index}
                  count={lines.length}
                  top={start}
                  isSpoken={index === spoken}
                  isTabStop={index === tabStop}
                  found={found.get(index) ?? NO_MATCHES}
                />
              );
            })}
          </div>
        </div>
        {!isFollowing && (
          <Button
            size="s"
            className={styles.follow}
            icon={<ArrowDownToLine aria-hidden />}
            onPress={() => {
              setStop(null);
              setFollowing(true);
            }}
          >
            Follow
          </Button>
        )}
      </div>
    </>
  );
}

function matchesByLine(matches: readonly Match[], chosen: number): ReadonlyMap<number, LineMatches> {
  const lines = new Map<number, (MatchRange & { isCurrent: boolean })[]>();
  for (const [index, match] of matches.entries()) {
    for (const piece of match) {
      const own = lines.get(piece.line) ?? [];
      lines.set(piece.line, own);
      own.push({ ...piece, isCurrent: index === chosen });
    }
  }
  return lines;
}

/** Scroll smoothly over short distances, instantly over long ones. */
function scrollBehaviour({ scrollTop, clientHeight }: HTMLElement, top: number): ScrollBehavior {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return isStill || Math.abs(scrollTop - top) > clientHeight ? "instant" : "smooth";
}
