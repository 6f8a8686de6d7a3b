import { PencilLine } from "lucide-react";
import { memo } from "react";
import { t } from "@/i18n";
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
  /** First and last selected word; null without any. */
  firstSelected: number | null;
  lastSelected: number | null;
}

/** A segment with its time and words; activating it seeks there, or edits it in edit mode. */
export const SegmentRow = memo(function SegmentRow(props: SegmentRowProps) {
  const { segment, language, isCurrent, isTabStop, isEditing, savedText } = props;
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
            <CurrentText {...props} />
          ) : (
            <Words {...props} word={-1} />
          )}
          {segment.language && (
            <span className={styles.language} title={languageLabel(segment.language) ?? undefined}>
              {segment.language}
            </span>
          )}
          {segment.edited && (
            <span className={styles.edited} title={t("transcript.edited")}>
              <PencilLine aria-hidden />
              <span className="visually-hidden">{t("transcript.editedMark")}</span>
            </span>
          )}
        </span>
      </button>
      {!isEditing && (
        <button
          type="button"
          tabIndex={-1}
          data-edit
          className={styles.pencil}
          title={t("transcript.editShortcut")}
        >
          <PencilLine aria-hidden />
          <span className="visually-hidden">{t("transcript.edit")}</span>
        </button>
      )}
    </>
  );
});

function uncertainty(segment: TimedSegment): string | undefined {
  if (!isUncertain(segment)) return undefined;
  return t("transcript.lowConfidence", { percent: Math.round((segment.confidence ?? 0) * 100) });
}

type TextProps = Pick<SegmentRowProps, "segment" | "highlights" | "firstSelected" | "lastSelected">;

/** The current segment, which re-renders with every spoken word. */
function CurrentText(props: TextProps) {
  const { wordStarts } = props.segment;
  const word = usePlayerValue(({ time }) => lastIndexAtOrBefore(wordStarts, time));
  return <Words {...props} word={word} />;
}

function Words({ segment, highlights, firstSelected, lastSelected, word }: TextProps & { word: number }) {
  let before = -1;
  return highlightRanges(segment.text, highlights).map((range, index) => {
    const Tag = range.mark ? "mark" : "span";
    // White space is selected together with the words on both sides.
    const last = range.word ?? before + 1;
    before = range.word ?? before;
    const isSelected =
      firstSelected !== null && before >= firstSelected && last <= (lastSelected ?? firstSelected);
    return (
      <Tag
        // biome-ignore lint/suspicious/noArrayIndexKey: ranges of a text are identified by their position
        key={index}
        data-word={range.word ?? undefined}
        className={cx(
          range.mark && styles[range.mark],
          range.word !== null && range.word === word && styles.word,
          isSelected && styles.selected,
        )}
      >
        {range.text}
      </Tag>
    );
  });
}
