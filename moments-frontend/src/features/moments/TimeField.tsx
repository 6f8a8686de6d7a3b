import { useState } from "react";
import { t } from "@/i18n";
import { formatPreciseTime } from "@/lib/format";
import { parseTime } from "@/lib/media-fragment";
import { TextField } from "@/ui/Field";
import styles from "./TrimEditor.module.css";

interface TimeFieldProps {
  label: string;
  seconds: number;
  onChange: (seconds: number) => void;
  onFocus?: () => void;
}

/** Editable time, applied on blur or Enter. */
export function TimeField({ label, seconds, onChange, onFocus }: TimeFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const isInvalid = draft !== null && parseTime(draft) === null;
  function commit() {
    const read = draft === null ? null : parseTime(draft);
    if (isInvalid) return;
    setDraft(null);
    // The displayed value is rounded, so an unchanged text must not change the time.
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
      {...(onFocus && { onFocus })}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit();
        else event.continuePropagation();
      }}
      error={isInvalid ? t("moments.timeFormat") : null}
    />
  );
}
