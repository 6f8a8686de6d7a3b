import type { KeyboardEvent, MouseEvent } from "react";
import { t } from "@/i18n";
import { usePlayer } from "@/lib/player";
import { cx } from "@/ui/cx";
import type { Row } from "./rows";
import { SectionRow } from "./SectionRow";
import { SegmentEditor } from "./SegmentEditor";
import { SegmentRow } from "./SegmentRow";
import type { Highlight } from "./search";
import type { TimedSegment } from "./segments";
import styles from "./Transcript.module.css";
import type { Corrections } from "./use-corrections";
import type { SegmentListState } from "./use-segment-list";
import type { WordSelectionState } from "./use-word-selection";

interface SegmentListProps {
  rows: readonly Row[];
  /** Language of segments without one of their own. */
  language: string;
  /** Index of the current segment. */
  current: number;
  highlights: ReadonlyMap<number, readonly Highlight[]>;
  list: SegmentListState;
  corrections: Corrections;
  words: WordSelectionState;
  /** Activating a sentence edits it. */
  isEditing: boolean;
  /** Opens the options of another transcription. */
  onTranscribe: () => void;
}

const NO_HIGHLIGHTS: readonly Highlight[] = [];

/** The visible rows of the transcript. */
export function SegmentList(props: SegmentListProps) {
  const { rows, words } = props;
  const { scroller, virtualizer, stopFollowing } = props.list;
  const actions = useRowActions(props);
  const last = rows.at(-1);

  return (
    // biome-ignore lint/a11y/useSemanticElements: the list is virtualised and absolutely positioned
    <div
      ref={scroller}
      role="list"
      aria-label={t("common.transcript")}
      data-scrolls
      className={cx(styles.scroller, ((last?.segment ?? last?.section)?.start ?? 0) >= 3600 && styles.hours)}
      onWheel={stopFollowing}
      onTouchMove={stopFollowing}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) stopFollowing(); // the scroll bar
        words.begin(event);
      }}
      onKeyDown={(event) => words.handleKey(event) || actions.handleKey(event)}
      onClick={(event) => words.handleClick(event) || actions.activate(event)}
      onDoubleClick={actions.edit}
    >
      <div role="presentation" className={styles.all} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => (
          // biome-ignore lint/a11y/useSemanticElements: see the list
          <div
            key={index}
            ref={virtualizer.measureElement}
            role="listitem"
            aria-setsize={rows.length}
            aria-posinset={index + 1}
            data-index={index}
            className={styles.row}
            style={{ transform: `translateY(${start}px)` }}
          >
            <RowContent {...props} index={index} actions={actions} />
          </div>
        ))}
      </div>
    </div>
  );
}

interface RowContentProps extends SegmentListProps {
  index: number;
  actions: ReturnType<typeof useRowActions>;
}

/** The section or the sentence of a row; a sentence is editable while it has a draft. */
function RowContent({ index, actions, ...props }: RowContentProps) {
  const { current, highlights, list, corrections, words, isEditing, onTranscribe } = props;
  const row = props.rows[index];
  if (!row) return null;
  const isTabStop = index === list.tabStop;
  if (!row.segment)
    return <SectionRow section={row.section} isTabStop={isTabStop} onTranscribe={onTranscribe} />;
  const { segment } = row;
  const draft = corrections.byIndex.get(segment.index);
  const language = languageTag(segment, props.language);
  if (draft && draft.status !== "saving")
    return (
      <SegmentEditor
        segment={segment}
        draft={draft}
        language={language}
        onChange={(text) => corrections.type(draft, text)}
        onSave={(step) => actions.save(index, draft, step)}
        onCancel={() => actions.cancel(index, draft)}
      />
    );
  return (
    <SegmentRow
      segment={segment}
      language={language}
      isCurrent={segment.index === current}
      isTabStop={isTabStop}
      isEditing={isEditing}
      savedText={draft?.text ?? null}
      highlights={highlights.get(segment.index) ?? NO_HIGHLIGHTS}
      {...words.rangeIn(segment)}
    />
  );
}

function languageTag({ language }: TimedSegment, ofTranscript: string): string | undefined {
  const tag = language ?? ofTranscript;
  return tag === "und" ? undefined : tag;
}

/** Seeking and editing by pointer and keyboard. */
function useRowActions({ rows, list, corrections, isEditing }: SegmentListProps) {
  const player = usePlayer();

  function rowAt(target: EventTarget): { index: number; row: Row } | null {
    const index = Number((target as Element).closest<HTMLElement>("[data-index]")?.dataset.index);
    const row = rows[index];
    return row ? { index, row } : null;
  }
  function open(index: number) {
    const segment = rows[index]?.segment;
    if (!segment) return;
    list.select(index);
    corrections.open(segment.index);
  }
  const isInside = (target: EventTarget, selector: string) => (target as Element).closest(selector) !== null;

  function activate({ target }: MouseEvent) {
    const found = rowAt(target);
    if (!found || isInside(target, "textarea") || !isInside(target, `.${styles.segment}, [data-edit]`))
      return;
    const { row, index } = found;
    if (isInside(target, "[data-edit]") || (isEditing && row.segment && !isInside(target, "[data-time]")))
      return open(index);
    // A pointer seeks to the word, the keyboard to the segment.
    const word = (target as Element).closest<HTMLElement>("[data-word]")?.dataset.word;
    const start = word === undefined ? undefined : row.segment?.wordStarts[Number(word)];
    player.seek(start ?? (row.segment ?? row.section)?.start ?? 0);
    list.follow(index);
  }
  function step(index: number, by: 0 | 1 | -1) {
    let next = index + by;
    while (by !== 0 && rows[next]?.section) next += by;
    if (by !== 0 && rows[next]?.segment) open(next);
    else list.focus(index);
  }
  return {
    activate,
    edit: ({ target }: MouseEvent) => {
      const found = rowAt(target);
      if (found && isInside(target, `.${styles.text}`)) open(found.index);
    },
    handleKey: (event: KeyboardEvent) => {
      const found = rowAt(event.target);
      const isEdit = event.key === "F2" || event.key.toLowerCase() === "e";
      if (!found?.row.segment || !isEdit || event.ctrlKey || event.metaKey || event.altKey)
        return list.moveFocus(event);
      event.preventDefault();
      open(found.index);
    },
    save: (index: number, draft: Parameters<Corrections["save"]>[0], by: 0 | 1 | -1) => {
      corrections.save(draft);
      step(index, by);
    },
    cancel: (index: number, draft: Parameters<Corrections["cancel"]>[0]) => {
      corrections.cancel(draft);
      list.focus(index);
    },
  };
}
