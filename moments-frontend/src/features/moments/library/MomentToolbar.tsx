import { useEffect, useState } from "react";
import { type TextKey, t, translateLabels } from "@/i18n";
import { Button } from "@/ui/Button";
import { SearchField } from "@/ui/Field";
import { Select } from "@/ui/Select";
import styles from "./MomentToolbar.module.css";
import {
  type Choice,
  type ChoiceName,
  DEFAULT_MOMENT_FILTERS,
  isMomentFilterActive,
  MAX_QUERY,
  MOMENT_CHOICES,
  type MomentFilters,
} from "./moment-filter";

interface MomentToolbarProps {
  filters: MomentFilters;
  onChange: (change: Partial<MomentFilters>) => void;
}

const LABELS: Record<ChoiceName, TextKey> = {
  show: "common.show",
  rating: "moments.rating",
  length: "moments.length",
  sort: "moments.sortBy",
};
const NAMES = Object.keys(LABELS) as ChoiceName[];

/** Filters and sort order of all moments. */
export function MomentToolbar({ filters, onChange }: MomentToolbarProps) {
  return (
    <search className={styles.toolbar} aria-label={t("common.moments")}>
      <TitleFilter q={filters.q} onChange={(q) => onChange({ q })} />
      <div className={styles.selects}>
        {NAMES.map((name) => (
          <Select
            key={name}
            hideLabel
            label={t(LABELS[name])}
            options={translateLabels<Choice>(MOMENT_CHOICES[name])}
            value={filters[name]}
            onChange={(value: string) => onChange({ [name]: value })}
          />
        ))}
        {isMomentFilterActive(filters) && (
          <Button variant="ghost" onPress={() => onChange({ ...DEFAULT_MOMENT_FILTERS, sort: filters.sort })}>
            {t("common.clearFilters")}
          </Button>
        )}
      </div>
    </search>
  );
}

/** Time without a key press after which the list is filtered. */
const TYPING_MS = 250;

function TitleFilter({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const [text, setText] = useState(q);
  const [shown, setShown] = useState(q);
  if (shown !== q) {
    setShown(q);
    if (q.trim() !== text.trim()) setText(q); // changed by the URL
  }
  useEffect(() => {
    if (text === q) return;
    const timer = setTimeout(() => onChange(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, q, onChange]);
  return (
    <SearchField
      label={t("moments.filterByTitle")}
      placeholder={t("moments.filterByTitle")}
      maxLength={MAX_QUERY}
      className={styles.search ?? ""}
      value={text}
      onChange={setText}
    />
  );
}
