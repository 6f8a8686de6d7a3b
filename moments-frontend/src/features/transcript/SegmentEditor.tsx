import { Check, Play, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { usePlayer } from "@/lib/player";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import type { Draft } from "./drafts";
import type { TimedSegment } from "./segments";
import styles from "./Transcript.module.css";

interface SegmentEditorProps {
  segment: TimedSegment;
  draft: Draft;
  language: string | undefined;
  onChange: (text: string) => void;
  /** Saves, then opens the next (1) or previous (-1) segment; 0 opens none. */
  onSave: (step: 0 | 1 | -1) => void;
  onCancel: () => void;
}

/** A sentence being edited: Enter saves, Escape cancels, Tab saves and opens the next one. */
export function SegmentEditor({ segment, draft, language, onChange, onSave, onCancel }: SegmentEditorProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const { current } = field;
    current?.focus({ preventScroll: true });
    current?.setSelectionRange(current.value.length, current.value.length);
  }, []);
  function handleKey(event: KeyboardEvent) {
    event.stopPropagation(); // the list moves the focus with the arrow keys
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, shiftKey } = event;
    if (key === "Escape") onCancel();
    else if (key === "Enter") onSave(shiftKey ? 1 : 0);
    else if (key === "Tab" && event.target === field.current) onSave(shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  }
  const error = draft.status === "failed" ? draft.error : null;
  return (
    <div className={styles.editor}>
      <span className={styles.time}>{formatTime(segment.start)}</span>
      <div>
        <textarea
          ref={field}
          className={cx(styles.field, error !== null && styles.invalid)}
          aria-label={t("transcript.sentenceAtStart", { start: formatTime(segment.start) })}
          aria-invalid={error !== null}
          rows={Math.max(1, Math.ceil(draft.text.length / 42))}
          maxLength={10_000}
          lang={language}
          dir="auto"
          value={draft.text}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={handleKey}
        />
        {error !== null && (
          <p role="alert" className={styles.error}>
            {error}
          </p>
        )}
        <Actions segment={segment} isEmpty={draft.text.trim() === ""} onSave={onSave} onCancel={onCancel} />
      </div>
    </div>
  );
}

interface ActionsProps extends Pick<SegmentEditorProps, "segment" | "onSave" | "onCancel"> {
  isEmpty: boolean;
}

function Actions({ segment, isEmpty, onSave, onCancel }: ActionsProps) {
  const player = usePlayer();
  return (
    <div className={styles.editorActions}>
      <Button size="s" variant="primary" icon={<Check aria-hidden />} onPress={() => onSave(0)}>
        {t("common.save")}
      </Button>
      <Button size="s" variant="ghost" icon={<X aria-hidden />} onPress={onCancel}>
        {t("common.cancel")}
      </Button>
      <IconButton
        label={t("transcript.playThisSentence")}
        size="s"
        icon={<Play />}
        onPress={() => player.playRange({ start: segment.start, end: segment.end })}
      />
      {isEmpty && <span className={styles.hint}>{t("transcript.savingRemovesTheSentence")}</span>}
    </div>
  );
}
