import { useMemo } from "react";
import { t } from "@/i18n";
import { spokenLanguages } from "@/lib/languages";
import { Select } from "./Select";

interface LanguageSelectProps {
  label: string;
  /** A language code; `auto` detects the language. */
  value: string;
  onChange: (value: string) => void;
  className?: string;
}

/** Selects a spoken language; typing its name finds it in the list. */
export function LanguageSelect({ label, value, onChange, className }: LanguageSelectProps) {
  const options = useMemo(
    () => [{ value: "auto", label: t("ui.detectAutomatically") }, ...spokenLanguages(navigator.languages)],
    [],
  );
  return (
    <Select
      label={label}
      options={options}
      value={options.some((option) => option.value === value) ? value : "auto"}
      onChange={onChange}
      className={className ?? ""}
    />
  );
}
