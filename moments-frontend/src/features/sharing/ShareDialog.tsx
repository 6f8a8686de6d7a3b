import { useMutation } from "@tanstack/react-query";
import { Link2 } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { problemText, toApiError } from "@/api/errors";
import { createShare } from "@/api/shares";
import { t } from "@/i18n";
import type { ShareTarget } from "@/lib/share-target";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { expiryOptions } from "./expiry";
import { NewLink } from "./NewLink";
import { ShareList } from "./ShareList";
import styles from "./Sharing.module.css";
import {
  fieldProblems,
  initialFields,
  MIN_PASSWORD,
  type ShareFields,
  toShareRequest,
} from "./share-request";

/** Creates links to a video, a moment or a passage, and lists those of the video. */
export function ShareDialog({ target, onClose }: { target: ShareTarget; onClose: () => void }) {
  const create = useMutation({
    mutationFn: (fields: ShareFields) => createShare(target.videoId, toShareRequest(target, fields)),
  });
  return (
    <Dialog
      title={titleOf(target)}
      isOpen
      onClose={onClose}
      actions={<Button onPress={onClose}>{t("common.close")}</Button>}
    >
      <div className={styles.content}>
        <p className={styles.subject}>{target.title}</p>
        {create.data ? (
          <NewLink share={create.data} onMore={() => create.reset()} />
        ) : (
          <ShareForm
            target={target}
            isPending={create.isPending}
            error={create.error}
            onSubmit={(fields) => create.mutate(fields)}
          />
        )}
        <section aria-labelledby="links-of-video">
          <h3 id="links-of-video" className={styles.heading}>
            {t("sharing.linksOfVideo")}
          </h3>
          <ShareList videoId={target.videoId} />
        </section>
      </div>
    </Dialog>
  );
}

function titleOf({ momentId, range }: ShareTarget): string {
  if (momentId !== undefined) return t("sharing.shareMoment");
  return range ? t("sharing.sharePassage") : t("sharing.shareVideo");
}

interface ShareFormProps {
  target: ShareTarget;
  isPending: boolean;
  error: unknown;
  onSubmit: (fields: ShareFields) => void;
}

function ShareForm({ target, isPending, error, onSubmit }: ShareFormProps) {
  const [fields, setFields] = useState(() => initialFields(target));
  const [isChecked, setChecked] = useState(false);
  const help = useId();
  const problems = fieldProblems(fields);
  const change = (changes: Partial<ShareFields>) => setFields({ ...fields, ...changes });
  function submit(event: FormEvent) {
    event.preventDefault();
    setChecked(true);
    if (Object.keys(problems).length === 0) onSubmit(fields);
  }
  return (
    <form className={styles.form} onSubmit={submit} aria-describedby={help}>
      <p id={help} className={styles.help}>
        {t("sharing.help")}
      </p>
      {target.momentId === undefined && (
        <TimeFields fields={fields} problems={isChecked ? problems : {}} onChange={change} />
      )}
      <Select
        label={t("sharing.expires")}
        options={expiryOptions()}
        value={fields.expiry}
        onChange={(expiry) => change({ expiry })}
      />
      <TextField
        label={t("sharing.password")}
        description={t("sharing.passwordHelp", { count: MIN_PASSWORD })}
        type="password"
        autoComplete="new-password"
        maxLength={200}
        value={fields.password}
        onChange={(password) => change({ password })}
        error={isChecked ? problems.password : null}
      />
      {error !== null && (
        <p role="alert" className={styles.error}>
          {problemText(toApiError(error).problem)}
        </p>
      )}
      <Button type="submit" variant="primary" icon={<Link2 aria-hidden />} isPending={isPending}>
        {t("sharing.create")}
      </Button>
    </form>
  );
}

interface TimeFieldsProps {
  fields: ShareFields;
  problems: ReturnType<typeof fieldProblems>;
  onChange: (changes: Partial<ShareFields>) => void;
}

function TimeFields({ fields, problems, onChange }: TimeFieldsProps) {
  const common = { inputMode: "decimal", autoComplete: "off", maxLength: 12 } as const;
  return (
    <div className={styles.times}>
      <TextField
        {...common}
        label={t("sharing.from")}
        placeholder={t("sharing.fromStart")}
        value={fields.start}
        onChange={(start) => onChange({ start })}
        error={problems.start}
      />
      <TextField
        {...common}
        label={t("sharing.to")}
        placeholder={t("sharing.toEnd")}
        value={fields.end}
        onChange={(end) => onChange({ end })}
        error={problems.end}
      />
    </div>
  );
}
