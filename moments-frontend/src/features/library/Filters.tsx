import { Star } from "lucide-react";
import { t } from "@/i18n";
import { ToggleButton } from "@/ui/ToggleButton";
import { ChoiceFilter } from "./ChoiceFilter";
import type { FilterName, VideoFilters } from "./filter";
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
