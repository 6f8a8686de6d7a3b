import { Select } from "@/ui/Select";
import { LENGTHS, QUALITIES, SORTS, SOURCES, TRANSCRIPTS, type VideoFilters } from "./filter";

interface FiltersProps {
  filters: VideoFilters;
  onChange: (change: Partial<VideoFilters>) => void;
}

export function Filters({ filters, onChange }: FiltersProps) {
  return (
    <>
      <Select
        hideLabel
        label="Sort by"
        options={SORTS}
        value={filters.sort}
        onChange={(sort) => onChange({ sort })}
      />
      <Select
        hideLabel
        label="Length"
        options={LENGTHS}
        value={filters.length}
        onChange={(length) => onChange({ length })}
      />
      <Select
        hideLabel
        label="Resolution"
        options={QUALITIES}
        value={filters.quality}
        onChange={(quality) => onChange({ quality })}
      />
      <Select
        hideLabel
        label="Transcript"
        options={TRANSCRIPTS}
        value={filters.transcript}
        onChange={(transcript) => onChange({ transcript })}
      />
      <Select
        hideLabel
        label="Source"
        options={SOURCES}
        value={filters.source}
        onChange={(source) => onChange({ source })}
      />
    </>
  );
}
