import { memo, type Ref } from "react";
import { formatTime } from "@/lib/format";
import { usePlayerValue } from "@/lib/player";
import { cx } from "@/ui/cx";
import { highlightRanges, type MatchRange } from "./search";
import { lastIndexAtOrBefore, type TimedSegment } from "./segments";
import styles from "./Transcript.module.css";

interface SegmentRowProps {
  ref: Ref<HTMLDivElement>;
  line: TimedSegment;
  index: number;
  /** Total number of segments, most of which are not rendered. */
  count: number;
  top: number;
  isSpoken: boolean;
  isTabStop: boolean;
  found: readonly (MatchRange & { isCurrent: boolean })[];
}

/** A segment with its time and words; activating it seeks there. */
export const SegmentRow = memo(function SegmentRow({
  ref,
  line,
  index,
  count,
  top,
  isSpoken,
  isTabStop,
  found,
}: SegmentRowProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the list
    <div
      ref={ref}
      role="listitem"
      aria-setsize={count}
      aria-posinset={index + 1}
      data-index={index}
      data-line={index}
      className={styles.row}
      style={{ transform: `translateY(${top}px)` }}
    >
      <button
        type="button"
        tabIndex={isTabStop ? 0 : -1}
        aria-current={isSpoken ? "time" : undefined}
        className={cx(styles.segment, isSpoken && styles.spoken)}
      >
        <span className={styles.time}>{formatTime(line.start)}</span>{" "}
        <span className={styles.text}>
          {isSpoken ? (
            <SpokenText line={line} found={found} />
          ) : (
            <Words line={line} found={found} word={-1} />
          )}
        </span>
      </button>
    </div>
  );
});

/** The current segment, which re-renders with every spoken word. */
function SpokenText({ line, found }: Pick<SegmentRowProps, "line" | "found">) {
  const word = usePlayerValue(({ time }) => lastIndexAtOrBefore(line.wordStarts, time));
  return <Words line={line} found={found} word={word} />;
}

function Words({ line, found, word }: Pick<SegmentRowProps, "line" | "found"> & { word: number }) {
  return highlightRanges(line.text, found).map((run, index) => {
    const Tag = run.mark ? "mark" : "span";
    return (
      <Tag
        // biome-ignore lint/suspicious/noArrayIndexKey: ranges of a text are identified by their position
        key={index}
        data-word={run.word ?? undefined}
        className={cx(run.mark && styles[run.mark], run.word !== null && run.word === word && styles.word)}
      >
        {run.text}
      </Tag>
    );
  });
}
