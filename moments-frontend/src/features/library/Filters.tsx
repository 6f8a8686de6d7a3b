import { Star } from "lucide-react";
import { t } from "@/i18n";
import { Select } from "@/ui/Select";
import { ToggleButton } from "@/ui/ToggleButton";
import { FILTER_LABELS, type FilterName, type VideoFilters } from "./filter";
import { FILTER_OPTIONS } from "./filter-options";
import { MoreFilters } from "./MoreFilters";

interface FiltersProps {
  filters: VideoFilters;
  onChange: (change: Partial<VideoFilters>) => void;
  /** The choices to offer beside the others; those of the library by default. */
  names?: readonly FilterName[];
  /** Choices behind the button of further filters. */
  more?: readonly FilterName[];
}

const SHOWN: readonly FilterName[] = ["sort", "length", "watched"];
const MORE: readonly FilterName[] = ["quality", "transcript", "speech", "source", "location", "state"];

export function Filters({ filters, onChange, names = SHOWN, more = MORE }: FiltersProps) {
  return (
    <>
      {names.map((name) => (
        <ChoiceFilter key={name} hideLabel name={name} filters={filters} onChange={onChange} />
      ))}
      <ToggleButton
        icon={<Star aria-hidden fill={filters.favorite ? "currentColor" : "none"} />}
        isSelected={filters.favorite}
        onChange={(favorite) => onChange({ favorite })}
      >
        {t("library.favorites")}
      </ToggleButton>
      <MoreFilters filters={filters} onChange={onChange} names={more} />
    </>
  );
}

interface ChoiceFilterProps extends Pick<FiltersProps, "filters" | "onChange"> {
  name: FilterName;
  hideLabel?: boolean;
}

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
