import { Select } from "@/ui/Select";
import { FILTER_OPTIONS, type FilterName, type VideoFilters } from "./filter";
import { MoreFilters } from "./MoreFilters";

interface FiltersProps {
  filters: VideoFilters;
  onChange: (change: Partial<VideoFilters>) => void;
}

const LABELS: Record<FilterName, string> = {
  sort: "Sort by",
  length: "Length",
  quality: "Resolution",
  transcript: "Transcript",
  source: "Source",
};

export function Filters({ filters, onChange }: FiltersProps) {
  return (
    <>
      {(Object.keys(LABELS) as FilterName[]).map((name) => (
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
