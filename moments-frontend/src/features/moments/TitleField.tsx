import { Check, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { problemText, toApiError } from "@/api/errors";
import { t } from "@/i18n";
import { IconButton } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import styles from "./Moment.module.css";
import { useUpdateMoment } from "./use-moment-mutations";

interface TitleFieldProps {
  videoId: string;
  momentId: string;
  title: string;
  onDone: () => void;
}

/** Title editor: Enter saves, Escape cancels. */
export function TitleField({ videoId, momentId, title, onDone }: TitleFieldProps) {
  const [text, setText] = useState(title);
  const change = useUpdateMoment(videoId);
  const isEmpty = text.trim() === "";
  function submit(event: FormEvent) {
    event.preventDefault();
    if (isEmpty) return;
    if (text.trim() === title) onDone();
    else change.mutate({ id: momentId, change: { title: text.trim() } }, { onSuccess: onDone });
  }
  const problem = change.isError ? toApiError(change.error).problem : null;
  return (
    <form
      className={styles.titleForm}
      onSubmit={submit}
      onKeyDownCapture={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onDone();
      }}
    >
      <TextField
        label={t("moments.momentTitle")}
        hideLabel
        autoFocus
        maxLength={200}
        value={text}
        onChange={setText}
        className={styles.titleField ?? ""}
        error={isEmpty ? t("moments.enterATitle") : problem && problemText(problem)}
      />
      <IconButton
        type="submit"
        label={t("common.save")}
        size="s"
        isPending={change.isPending}
        icon={<Check />}
      />
      <IconButton label={t("common.cancel")} size="s" icon={<X />} onPress={onDone} />
    </form>
  );
}
