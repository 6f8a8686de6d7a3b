import { Check, Timer, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { parseTime } from "@/lib/media-fragment";
import { usePlayer } from "@/lib/player";
import { Button, IconButton } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import styles from "./Chapters.module.css";

export interface ChapterValues {
  start_time: number;
  title: string;
}

interface ChapterFormProps {
  initial: ChapterValues;
  isPending: boolean;
  /** Return why a chapter cannot start at a time, or null. */
  validate: (seconds: number) => string | null;
  onSave: (values: ChapterValues) => void;
  onCancel: () => void;
}

/** Title and start of a chapter: Enter saves, Escape cancels. */
export function ChapterForm({ initial, isPending, validate, onSave, onCancel }: ChapterFormProps) {
  const [title, setTitle] = useState(initial.title);
  const { start, time, changeTime, takeCurrentTime } = useStart(initial.start_time);
  const [isChecked, setChecked] = useState(false);
  const isTimeInvalid = parseTime(time) === null;
  const timeProblem = isTimeInvalid ? t("chapters.timeFormat") : validate(start);
  const titleProblem = title.trim() === "" ? t("chapters.enterATitle") : null;

  function submit(event: FormEvent) {
    event.preventDefault();
    setChecked(true);
    if (!timeProblem && !titleProblem) onSave({ start_time: start, title: title.trim() });
  }
  return (
    <form
      className={styles.form}
      onSubmit={submit}
      onKeyDownCapture={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onCancel();
      }}
    >
      <TextField
        label={t("chapters.chapterTitle")}
        autoFocus
        maxLength={200}
        value={title}
        onChange={setTitle}
        onFocus={({ target }) => target instanceof HTMLInputElement && target.select()}
        error={isChecked ? titleProblem : null}
      />
      <div className={styles.times}>
        <TextField
          label={t("common.start")}
          className={styles.timeField ?? ""}
          inputMode="decimal"
          autoComplete="off"
          value={time}
          onChange={changeTime}
          error={isChecked ? timeProblem : null}
        />
        <Button size="s" icon={<Timer aria-hidden />} onPress={takeCurrentTime}>
          {t("chapters.useCurrentTime")}
        </Button>
        <span className={styles.gap} />
        <IconButton type="submit" label={t("common.save")} size="s" isPending={isPending} icon={<Check />} />
        <IconButton label={t("common.cancel")} size="s" icon={<X />} onPress={onCancel} />
      </div>
    </form>
  );
}

/** Return the start in seconds, its text, and functions that change both. */
function useStart(initial: number) {
  const player = usePlayer();
  const [time, setTime] = useState(() => formatTime(initial));
  const [start, setStart] = useState(initial);

  function changeTime(text: string) {
    setTime(text);
    const seconds = parseTime(text);
    // The displayed start is rounded, so an unchanged text must not change it.
    if (seconds !== null) setStart(text === formatTime(initial) ? initial : seconds);
  }
  function takeCurrentTime() {
    const seconds = Math.round(player.time * 1000) / 1000;
    setTime(formatTime(seconds));
    setStart(seconds);
  }
  return { start, time, changeTime, takeCurrentTime };
}
