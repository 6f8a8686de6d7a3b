import { t } from "@/i18n";
import { Select } from "@/ui/Select";
import { FILTER_LABELS, type FilterName, type VideoFilters } from "./filter";
import { FILTER_OPTIONS } from "./filter-options";

interface ChoiceFilterProps {
  name: FilterName;
  hideLabel?: boolean;
  filters: VideoFilters;
  onChange: (change: Partial<VideoFilters>) => void;
}

/** A filter with a fixed list of values. */
export function ChoiceFilter({ name, hideLabel = false, filters, onChange }: ChoiceFilterProps) {
  return (
    <Select
      hideLabel={hideLabel}
      label={t(FILTER_LABELS[name])}
      options={FILTER_OPTIONS[name].map(({ value, text }) => ({ value, label: t(text) }))}
      value={filters[name]}
      onChange={(value) => onChange({ [name]: value })}
    />
  );
}
