import { memo, type Ref } from "react";
import { formatTime } from "@/lib/format";
import { usePlayerValue } from "@/lib/player";
import { cx } from "@/ui/cx";
import { type Highlight, highlightRanges } from "./search";
import { lastIndexAtOrBefore, type TimedSegment } from "./segments";
import styles from "./Transcript.module.css";

interface SegmentRowProps {
  ref: Ref<HTMLDivElement>;
  segment: TimedSegment;
  index: number;
  /** Total number of segments, most of which are not rendered. */
  count: number;
  top: number;
  isCurrent: boolean;
  isTabStop: boolean;
  highlights: readonly Highlight[];
}

/** A segment with its time and words; activating it seeks there. */
export const SegmentRow = memo(function SegmentRow({
  ref,
  segment,
  index,
  count,
  top,
  isCurrent,
  isTabStop,
  highlights,
}: SegmentRowProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the list
    <div
      ref={ref}
      role="listitem"
      aria-setsize={count}
      aria-posinset={index + 1}
      data-index={index}
      className={styles.row}
      style={{ transform: `translateY(${top}px)` }}
    >
      <button
        type="button"
        tabIndex={isTabStop ? 0 : -1}
        aria-current={isCurrent ? "time" : undefined}
        className={cx(styles.segment, isCurrent && styles.active)}
      >
        <span className={styles.time}>{formatTime(segment.start)}</span>{" "}
        <span className={styles.text}>
          {isCurrent ? (
            <CurrentText segment={segment} highlights={highlights} />
          ) : (
            <Words segment={segment} highlights={highlights} word={-1} />
          )}
        </span>
      </button>
    </div>
  );
});

/** The current segment, which re-renders with every spoken word. */
function CurrentText({ segment, highlights }: Pick<SegmentRowProps, "segment" | "highlights">) {
  const word = usePlayerValue(({ time }) => lastIndexAtOrBefore(segment.wordStarts, time));
  return <Words segment={segment} highlights={highlights} word={word} />;
}

function Words({
  segment,
  highlights,
  word,
}: Pick<SegmentRowProps, "segment" | "highlights"> & { word: number }) {
  return highlightRanges(segment.text, highlights).map((range, index) => {
    const Tag = range.mark ? "mark" : "span";
    return (
      <Tag
        // biome-ignore lint/suspicious/noArrayIndexKey: ranges of a text are identified by their position
        key={index}
        data-word={range.word ?? undefined}
        className={cx(
          range.mark && styles[range.mark],
          range.word !== null && range.word === word && styles.word,
        )}
      >
        {range.text}
      </Tag>
    );
  });
}
