import { Select } from "@/ui/Select";
import { type Choices, LENGTHS, QUALITIES, SORTS, SOURCES, TRANSCRIPTS } from "./filter";

interface FiltersProps {
  choices: Choices;
  onChange: (change: Partial<Choices>) => void;
}

/** The order, and what the videos are to be like. */
export function Filters({ choices, onChange }: FiltersProps) {
  return (
    <>
      <Select
        hideLabel
        label="Order"
        options={SORTS}
        value={choices.sort}
        onChange={(sort) => onChange({ sort })}
      />
      <Select
        hideLabel
        label="Length"
        options={LENGTHS}
        value={choices.length}
        onChange={(length) => onChange({ length })}
      />
      <Select
        hideLabel
        label="Resolution"
        options={QUALITIES}
        value={choices.quality}
        onChange={(quality) => onChange({ quality })}
      />
      <Select
        hideLabel
        label="Transcript"
        options={TRANSCRIPTS}
        value={choices.transcript}
        onChange={(transcript) => onChange({ transcript })}
      />
      <Select
        hideLabel
        label="Source"
        options={SOURCES}
        value={choices.source}
        onChange={(source) => onChange({ source })}
      />
    </>
  );
}
