import { PencilLine } from "lucide-react";
import { memo } from "react";
import { formatTime } from "@/lib/format";
import { languageLabel } from "@/lib/languages";
import { usePlayerValue } from "@/lib/player";
import { cx } from "@/ui/cx";
import { isUncertain } from "./describe";
import { type Highlight, highlightRanges } from "./search";
import { lastIndexAtOrBefore, type TimedSegment } from "./segments";
import styles from "./Transcript.module.css";

interface SegmentRowProps {
  segment: TimedSegment;
  /** Language of the text if it is known. */
  language: string | undefined;
  isCurrent: boolean;
  isTabStop: boolean;
  /** Activating the text edits it, and doubtful sentences are marked. */
  isEditing: boolean;
  /** A correction that is being saved. */
  savedText: string | null;
  highlights: readonly Highlight[];
}

/** A segment with its time and words; activating it seeks there, or edits it in edit mode. */
export const SegmentRow = memo(function SegmentRow(props: SegmentRowProps) {
  const { segment, language, isCurrent, isTabStop, isEditing, savedText, highlights } = props;
  return (
    <>
      <button
        type="button"
        tabIndex={isTabStop ? 0 : -1}
        aria-current={isCurrent ? "time" : undefined}
        aria-keyshortcuts="E"
        className={cx(styles.segment, isCurrent && styles.active, isEditing && styles.editable)}
      >
        <span className={styles.time} data-time>
          {formatTime(segment.start)}
        </span>{" "}
        <span
          className={cx(styles.text, isEditing && isUncertain(segment) && styles.uncertain)}
          lang={language}
          dir="auto"
          title={isEditing ? uncertainty(segment) : undefined}
        >
          {savedText !== null ? (
            <span className={styles.saving}>{savedText}</span>
          ) : isCurrent ? (
            <CurrentText segment={segment} highlights={highlights} />
          ) : (
            <Words segment={segment} highlights={highlights} word={-1} />
          )}
          {segment.language && (
            <span className={styles.language} title={languageLabel(segment.language) ?? undefined}>
              {segment.language}
            </span>
          )}
          {segment.edited && (
            <span className={styles.edited} title="Edited">
              <PencilLine aria-hidden />
              <span className="visually-hidden"> (edited)</span>
            </span>
          )}
        </span>
      </button>
      {!isEditing && (
        <button type="button" tabIndex={-1} data-edit className={styles.pencil} title="Edit (E)">
          <PencilLine aria-hidden />
          <span className="visually-hidden">Edit</span>
        </button>
      )}
    </>
  );
});

function uncertainty(segment: TimedSegment): string | undefined {
  if (!isUncertain(segment)) return undefined;
  return `Low confidence (${Math.round((segment.confidence ?? 0) * 100)} %)`;
}

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
