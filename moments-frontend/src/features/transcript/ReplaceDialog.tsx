import { useMutation } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useState } from "react";
import { problemText, toApiError } from "@/api/errors";
import { replaceText } from "@/api/transcript";
import { formatTime, plural } from "@/lib/format";
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
      const action = { label: "Undo", onPress: () => void undoChange(videoId) };
      toast(`${plural(replacements, "match", "matches")} replaced`, { action });
      onClose();
    },
  });
  return (
    <FormDialog
      title="Find and replace"
      submit="Replace all"
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
        label="Find"
        autoFocus
        maxLength={1000}
        value={options.find}
        onChange={(find) => onChange({ find })}
      />
      <TextField
        label="Replace with"
        maxLength={1000}
        value={options.replacement}
        onChange={(replacement) => onChange({ replacement })}
      />
      <div className={styles.switches}>
        <Switch isSelected={options.matchCase} onChange={(matchCase) => onChange({ matchCase })}>
          Match case
        </Switch>
        <Switch isSelected={options.wholeWord} onChange={(wholeWord) => onChange({ wholeWord })}>
          Whole words
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
            ? "No matches"
            : `${plural(count, "match", "matches")} in ${plural(changes.length, "sentence")}`}
      </p>
      {count > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keyboard
        <ul className={styles.changes} aria-label="Preview" tabIndex={0}>
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
          {rest > 0 && <li>and {plural(rest, "more sentence")}</li>}
        </ul>
      )}
    </div>
  );
}
