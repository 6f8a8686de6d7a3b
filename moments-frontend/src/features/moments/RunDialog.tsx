import { type FormEvent, useId, useState } from "react";
import { Link } from "wouter";
import { ApiError, toApiError } from "@/api/errors";
import { useStartRun } from "@/api/use-run";
import { sentence } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/Field";
import { RangeField } from "./RangeField";
import styles from "./RunDialog.module.css";
import {
  COUNT_STOPS,
  DEFAULT_OPTIONS,
  LENGTH_STOPS,
  loadOptions,
  PROMPT_LENGTH,
  type RunOptions,
  saveOptions,
  toRequest,
  validate,
} from "./run-options";

interface RunDialogProps {
  videoId: string;
  /** Whether there were moments before. */
  isAgain: boolean;
  onClose: () => void;
}

/** Asks what kind of moments to look for, and has them looked for. */
export function RunDialog({ videoId, isAgain, onClose }: RunDialogProps) {
  const [options, setOptions] = useState(loadOptions);
  const form = useId();
  const start = useStartRun(videoId);
  const faults = validate(options);
  const isFaulty = Object.keys(faults).length > 0;
  const set = (change: Partial<RunOptions>) => setOptions((before) => ({ ...before, ...change }));

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isFaulty) return;
    start.mutate(
      { ...toRequest(options), regenerate: true },
      {
        onSuccess: () => {
          saveOptions(options);
          onClose();
        },
      },
    );
  }
  return (
    <Dialog
      title={isAgain ? "Find moments again" : "Find moments"}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button
            variant="ghost"
            className={styles.reset ?? ""}
            isDisabled={JSON.stringify(options) === JSON.stringify(DEFAULT_OPTIONS)}
            onPress={() => setOptions(DEFAULT_OPTIONS)}
          >
            Reset
          </Button>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={form}
            variant="primary"
            isDisabled={isFaulty}
            isPending={start.isPending}
          >
            Find moments
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className={styles.form}>
        {isAgain && (
          <p className={styles.note}>
            Moments that you kept stay, and those you deleted do not come back. The others make room for what
            is found now.
          </p>
        )}
        <TextField
          label="What to look for"
          autoFocus
          rows={3}
          maxLength={PROMPT_LENGTH}
          value={options.prompt}
          onChange={(prompt) => set({ prompt })}
          placeholder="For example: what is told of Paris"
          description="Only a chat model reads this. Where none is set up, it changes nothing."
          error={faults.prompt}
        />
        <RangeField
          label="How long a moment is"
          unit="seconds"
          stops={LENGTH_STOPS}
          step={1}
          from={options.minLength}
          to={options.maxLength}
          onChange={(minLength, maxLength) => set({ minLength, maxLength })}
          error={faults.lengths}
        />
        <RangeField
          label="How many moments"
          stops={COUNT_STOPS}
          step={1}
          from={options.minMoments}
          to={options.maxMoments}
          onChange={(minMoments, maxMoments) => set({ minMoments, maxMoments })}
          error={faults.moments}
        />
        <p className={styles.hint}>Where less is found there are fewer.</p>
        {start.isError && <SubmitError error={start.error} />}
      </form>
    </Dialog>
  );
}

function SubmitError({ error }: { error: unknown }) {
  if (error instanceof ApiError && error.status === 409)
    return (
      <p role="alert" className={styles.error}>
        A run of this video goes on already. Wait for its end, or cancel it under <Link to="/runs">Runs</Link>
        .
      </p>
    );
  const { problem } = toApiError(error);
  return (
    <p role="alert" className={styles.error}>
      {sentence(problem.detail)} {problem.remedy && sentence(problem.remedy)}
    </p>
  );
}
