import type { MouseEvent } from "react";
import { usePlayer } from "@/lib/player";
import { cx } from "@/ui/cx";
import { SegmentRow } from "./SegmentRow";
import type { Highlight } from "./search";
import type { TimedSegment } from "./segments";
import styles from "./Transcript.module.css";
import type { SegmentListState } from "./use-segment-list";

interface SegmentListProps {
  segments: readonly TimedSegment[];
  current: number;
  highlights: ReadonlyMap<number, readonly Highlight[]>;
  list: SegmentListState;
}

const NO_HIGHLIGHTS: readonly Highlight[] = [];

/** The visible rows of the transcript. */
export function SegmentList({ segments, current, highlights, list }: SegmentListProps) {
  const player = usePlayer();
  const { scroller, virtualizer, stopFollowing } = list;

  function seek({ target }: MouseEvent) {
    const row = (target as Element).closest<HTMLElement>("[data-index]");
    const segment = segments[Number(row?.dataset.index)];
    if (!row || !segment) return;
    // A pointer seeks to the word, the keyboard to the segment.
    const word = (target as Element).closest<HTMLElement>("[data-word]")?.dataset.word;
    player.seek((word === undefined ? undefined : segment.wordStarts[Number(word)]) ?? segment.start);
    list.follow(Number(row.dataset.index));
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: the list is virtualised and absolutely positioned
    <div
      ref={scroller}
      role="list"
      aria-label="Transcript"
      data-scrolls
      className={cx(styles.scroller, (segments.at(-1)?.start ?? 0) >= 3600 && styles.hours)}
      onWheel={stopFollowing}
      onTouchMove={stopFollowing}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) stopFollowing(); // the scroll bar
      }}
      onKeyDown={list.moveFocus}
      onClick={seek}
    >
      <div role="presentation" className={styles.all} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const segment = segments[index];
          if (!segment) return null;
          return (
            <SegmentRow
              key={index}
              ref={virtualizer.measureElement}
              segment={segment}
              index={index}
              count={segments.length}
              top={start}
              isCurrent={index === current}
              isTabStop={index === list.tabStop}
              highlights={highlights.get(index) ?? NO_HIGHLIGHTS}
            />
          );
        })}
      </div>
    </div>
  );
}
