import { useState } from "react";
import { parseTime } from "@/lib/media-fragment";
import { TextField } from "@/ui/Field";
import styles from "./TrimEditor.module.css";
import { formatPreciseTime } from "./trim";

interface TimeFieldProps {
  label: string;
  seconds: number;
  onChange: (seconds: number) => void;
  onFocus: () => void;
}

/** A time that can be read and written: taken when the field is left, or with Enter. */
export function TimeField({ label, seconds, onChange, onFocus }: TimeFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const isWrong = draft !== null && parseTime(draft) === null;
  function take() {
    const read = draft === null ? null : parseTime(draft);
    if (isWrong) return;
    setDraft(null);
    // What is shown is rounded: left as it is, it changes nothing.
    if (read !== null && draft !== formatPreciseTime(seconds)) onChange(read);
  }
  return (
    <TextField
      label={label}
      className={styles.time ?? ""}
      inputMode="decimal"
      autoComplete="off"
      value={draft ?? formatPreciseTime(seconds)}
      onChange={setDraft}
      onFocus={onFocus}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === "Enter") take();
        else event.continuePropagation();
      }}
      error={isWrong ? "Write it like 1:05.5" : null}
    />
  );
}
