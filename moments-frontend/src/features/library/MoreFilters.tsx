import { useQuery } from "@tanstack/react-query";
import { SlidersHorizontal } from "lucide-react";
import { facetsQuery } from "@/api/videos";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { PopoverDialog } from "@/ui/PopoverDialog";
import { type Option, Select } from "@/ui/Select";
import { VALUE_FILTERS, type VideoFilters } from "./filter";
import styles from "./Toolbar.module.css";

interface MoreFiltersProps {
  filters: VideoFilters;
  onChange: (change: Partial<VideoFilters>) => void;
}

/** Filters by channel, folder and recording date, behind a button. */
export function MoreFilters({ filters, onChange }: MoreFiltersProps) {
  const active = VALUE_FILTERS.filter((name) => filters[name] !== "").length;
  return (
    <PopoverDialog
      label="More filters"
      trigger={
        <Button className={styles.moreButton ?? ""} icon={<SlidersHorizontal aria-hidden />}>
          More filters{active > 0 && ` · ${active}`}
        </Button>
      }
    >
      <Fields filters={filters} onChange={onChange} />
    </PopoverDialog>
  );
}

function Fields({ filters, onChange }: MoreFiltersProps) {
  const facets = useQuery(facetsQuery()).data;
  return (
    <>
      <Select
        label="Channel"
        options={optionsFor(facets?.channels, filters.channel, "Any channel")}
        value={filters.channel}
        onChange={(channel) => onChange({ channel })}
      />
      <Select
        label="Folder (with subfolders)"
        options={optionsFor(facets?.folders, filters.folder, "Any folder")}
        value={filters.folder}
        onChange={(folder) => onChange({ folder })}
      />
      <div className={styles.dates}>
        <TextField
          type="date"
          label="Recorded from"
          value={filters.from}
          onChange={(from) => onChange({ from })}
        />
        <TextField type="date" label="Recorded to" value={filters.to} onChange={(to) => onChange({ to })} />
      </div>
    </>
  );
}

/** Return the values that videos have, and the selected one in any case. */
function optionsFor(
  values: readonly { value: string; count: number }[] | undefined,
  selected: string,
  any: string,
): Option<string>[] {
  const options = (values ?? [])
    .filter(({ value }) => value !== "")
    .map(({ value, count }) => ({ value, label: `${value} (${count.toLocaleString()})` }));
  if (selected !== "" && !options.some(({ value }) => value === selected))
    options.push({ value: selected, label: selected });
  return [{ value: "", label: any }, ...options];
}
