import { useMutation } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useState } from "react";
import { problemText, toApiError } from "@/api/errors";
import { replaceText } from "@/api/transcript";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { TextField } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Switch } from "@/ui/Switch";
import { toast } from "@/ui/Toasts";
import styles from "./ReplaceDialog.module.css";
import { type Preview, previewReplacement, type ReplaceOptions } from "./replace";
import type { TimedSegment } from "./segments";
import { undoChange } from "./undo";

interface ReplaceDialogProps {
  videoId: string;
  segments: readonly TimedSegment[];
  /** Text to find at first. */
  find: string;
  onClose: () => void;
}

/** Replaces a text in all sentences, after a preview. */
export function ReplaceDialog({ videoId, segments, find, onClose }: ReplaceDialogProps) {
  const [options, setOptions] = useState<ReplaceOptions>({
    find,
    replacement: "",
    matchCase: false,
    wholeWord: true,
  });
  const texts = useMemo(() => segments.map(({ text }) => text), [segments]);
  const shown = useDeferredValue(options);
  const preview = useMemo(() => previewReplacement(texts, shown), [texts, shown]);
  const replacement = useMutation({
    mutationFn: () =>
      replaceText(videoId, {
        find: options.find,
        with: options.replacement,
        match_case: options.matchCase,
        whole_word: options.wholeWord,
      }),
    onSuccess: ({ replacements }) => {
      const action = { label: t("common.undo"), onPress: () => void undoChange(videoId) };
      toast(t("transcript.replacedCount", { count: replacements }), {
        action,
      });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t("transcript.replaceTitle")}
      submit={t("transcript.replaceAll")}
      className={styles.form}
      isDisabled={preview.count === 0}
      isPending={replacement.isPending}
      onSubmit={() => preview.count > 0 && replacement.mutate()}
      onClose={onClose}
    >
      <OptionFields options={options} onChange={(part) => setOptions((before) => ({ ...before, ...part }))} />
      <PreviewList preview={preview} segments={segments} isEmpty={options.find.trim() === ""} />
      {replacement.isError && (
        <p role="alert" className={styles.error}>
          {problemText(toApiError(replacement.error).problem)}
        </p>
      )}
    </FormDialog>
  );
}

interface OptionFieldsProps {
  options: ReplaceOptions;
  onChange: (change: Partial<ReplaceOptions>) => void;
}

function OptionFields({ options, onChange }: OptionFieldsProps) {
  return (
    <>
      <TextField
        label={t("transcript.find")}
        autoFocus
        maxLength={1000}
        value={options.find}
        onChange={(find) => onChange({ find })}
      />
      <TextField
        label={t("transcript.replaceWith")}
        maxLength={1000}
        value={options.replacement}
        onChange={(replacement) => onChange({ replacement })}
      />
      <div className={styles.switches}>
        <Switch isSelected={options.matchCase} onChange={(matchCase) => onChange({ matchCase })}>
          {t("transcript.matchCase")}
        </Switch>
        <Switch isSelected={options.wholeWord} onChange={(wholeWord) => onChange({ wholeWord })}>
          {t("transcript.wholeWords")}
        </Switch>
      </div>
    </>
  );
}

/** Sentences in the preview; more would not help to decide. */
const SHOWN_CHANGES = 50;

interface PreviewListProps {
  preview: Preview;
  segments: readonly TimedSegment[];
  /** No text to find was entered. */
  isEmpty: boolean;
}

function PreviewList({ preview: { count, changes }, segments, isEmpty }: PreviewListProps) {
  const rest = changes.length - SHOWN_CHANGES;
  return (
    <div>
      <p role="status" className={styles.count}>
        {isEmpty
          ? ""
          : count === 0
            ? t("transcript.noMatches")
            : t("transcript.matchesInSentences", {
                matches: t("transcript.matchCount", { count }),
                sentences: t("transcript.sentenceCount", { count: changes.length }),
              })}
      </p>
      {count > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keyboard
        <ul className={styles.changes} aria-label={t("transcript.preview")} tabIndex={0}>
          {changes.slice(0, SHOWN_CHANGES).map(({ segment, pieces }) => (
            <li key={segment}>
              <span className={styles.time}>{formatTime(segments[segment]?.start)}</span>
              <span>
                {pieces.map(({ before, after }, index) =>
                  before === after ? (
                    before
                  ) : (
                    // biome-ignore lint/suspicious/noArrayIndexKey: pieces are identified by their position
                    <span key={index}>
                      <del>{before}</del>
                      {after && <ins>{after}</ins>}
                    </span>
                  ),
                )}
              </span>
            </li>
          ))}
          {rest > 0 && <li>{t("transcript.moreSentences", { count: rest })}</li>}
        </ul>
      )}
    </div>
  );
}
