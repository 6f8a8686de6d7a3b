import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { problemText, toApiError } from "@/api/errors";
import type { Moment } from "@/api/moments";
import type { VideoDetail } from "@/api/schema";
import { transcriptQuery } from "@/api/transcript";
import { t } from "@/i18n";
import { formatPreciseDuration } from "@/lib/format";
import { usePlayerValue } from "@/lib/player";
import { TextField } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import styles from "./NewMomentDialog.module.css";
import { suggestTitle } from "./suggest-title";
import { TimeField } from "./TimeField";
import { HANDLE_LABELS, HANDLES, lengthened, type TrimRange, validateTrim } from "./trim";
import { useCreateMoment } from "./use-moment-mutations";

interface NewMomentDialogProps {
  video: VideoDetail;
  /** Start and end as selected; they can be changed. */
  draft: TrimRange;
  onClose: () => void;
  onCreated: (moment: Moment) => void;
}

/** Names a moment of the user's own. */
export function NewMomentDialog({ video, draft, onClose, onCreated }: NewMomentDialogProps) {
  const playerDuration = usePlayerValue((player) => player.duration);
  const duration = video.duration_seconds ?? playerDuration;
  const transcript = useQuery(transcriptQuery(video.id)).data;
  const [range, setRange] = useState(() => lengthened(draft, duration));
  // The suggestion follows the times until the title is edited.
  const [typed, setTyped] = useState<string | null>(null);
  const title = typed ?? suggestTitle(transcript, range);
  const create = useCreateMoment(video.id);
  const error = validateTrim(range, duration);
  const isEmpty = title.trim() === "";

  function submit() {
    if (error !== null || isEmpty) return;
    const moment = { start_time: range.start, end_time: range.end, title: title.trim() };
    create.mutate(moment, { onSuccess: onCreated });
  }
  const message = error ?? (create.isError ? problemText(toApiError(create.error).problem) : null);
  return (
    <FormDialog
      title={t("moments.newMoment")}
      submit={t("moments.createMoment")}
      width="s"
      className={styles.form}
      isDisabled={error !== null || isEmpty}
      isPending={create.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={t("common.title")}
        autoFocus
        maxLength={200}
        value={title}
        onChange={setTyped}
        onFocus={({ target }) => target instanceof HTMLInputElement && target.select()}
        error={isEmpty ? t("moments.enterATitle") : null}
      />
      <div className={styles.times}>
        {HANDLES.map((handle) => (
          <TimeField
            key={handle}
            label={HANDLE_LABELS[handle]}
            seconds={range[handle]}
            onChange={(seconds) => setRange({ ...range, [handle]: seconds })}
          />
        ))}
        <p className={styles.length}>
          <span>{t("moments.length")}</span>
          <output className="tabular">{formatPreciseDuration(range.end - range.start)}</output>
        </p>
      </div>
      <div role="alert">{message && <p className={styles.error}>{message}</p>}</div>
    </FormDialog>
  );
}
