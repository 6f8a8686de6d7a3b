import { Select } from "@/ui/Select";
import { FILTER_OPTIONS, type FilterName, type VideoFilters } from "./filter";
import { MoreFilters } from "./MoreFilters";

interface FiltersProps {
  filters: VideoFilters;
  onChange: (change: Partial<VideoFilters>) => void;
  /** The choices to offer; all by default. */
  names?: readonly FilterName[];
}

const LABELS: Record<FilterName, string> = {
  sort: "Sort by",
  length: "Length",
  quality: "Resolution",
  transcript: "Transcript",
  source: "Source",
};

const ALL = Object.keys(LABELS) as FilterName[];

export function Filters({ filters, onChange, names = ALL }: FiltersProps) {
  return (
    <>
      {names.map((name) => (
        <Select
          key={name}
          hideLabel
          label={LABELS[name]}
          options={FILTER_OPTIONS[name]}
          value={filters[name]}
          onChange={(value) => onChange({ [name]: value })}
        />
      ))}
      <MoreFilters filters={filters} onChange={onChange} />
    </>
  );
}
