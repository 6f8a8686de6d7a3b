import { useQuery } from "@tanstack/react-query";
import { SlidersHorizontal, Tags } from "lucide-react";
import { useState } from "react";
import { facetsQuery } from "@/api/videos";
import { t } from "@/i18n";
import { languageLabel } from "@/lib/languages";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { PopoverDialog } from "@/ui/PopoverDialog";
import { type Option, Select } from "@/ui/Select";
import { TagField } from "@/ui/TagField";
import { ChoiceFilter } from "./ChoiceFilter";
import { FILTER_LABELS, type FilterName, VALUE_FILTERS, type VideoFilters } from "./filter";
import { ManageTagsDialog } from "./ManageTagsDialog";
import styles from "./Toolbar.module.css";

interface MoreFiltersProps {
  filters: VideoFilters;
  onChange: (change: Partial<VideoFilters>) => void;
  names: readonly FilterName[];
}

/** Filters by tag, channel, folder, language, date and others, behind a button. */
export function MoreFilters({ filters, onChange, names }: MoreFiltersProps) {
  const values = VALUE_FILTERS.filter((name) => filters[name] !== "");
  const choices = names.filter((name) => filters[name] !== "any");
  const active = values.length + choices.length + filters.tags.length;
  const [isManaging, setManaging] = useState(false);
  const label = active > 0 ? t("library.moreFiltersActive", { count: active }) : t("library.moreFilters");
  return (
    <>
      <PopoverDialog
        label={t("library.moreFilters")}
        trigger={
          <Button className={styles.moreButton ?? ""} icon={<SlidersHorizontal aria-hidden />}>
            {label}
          </Button>
        }
      >
        <ValueFields filters={filters} onChange={onChange} onManageTags={() => setManaging(true)} />
        <div className={styles.dates}>
          {names.map((name) => (
            <ChoiceFilter key={name} name={name} filters={filters} onChange={onChange} />
          ))}
          {(["from", "to", "addedFrom", "addedTo"] as const).map((name) => (
            <TextField
              key={name}
              type="date"
              label={t(FILTER_LABELS[name])}
              value={filters[name]}
              onChange={(value) => onChange({ [name]: value })}
            />
          ))}
        </div>
      </PopoverDialog>
      {isManaging && <ManageTagsDialog onClose={() => setManaging(false)} />}
    </>
  );
}

interface ValueFieldsProps extends Omit<MoreFiltersProps, "names"> {
  onManageTags: () => void;
}

function ValueFields({ filters, onChange, onManageTags }: ValueFieldsProps) {
  const facets = useQuery(facetsQuery()).data;
  const folders = facets?.folders.map(({ value, total }) => ({ value, count: total }));
  return (
    <>
      <TagField
        label={t("library.tags")}
        tags={filters.tags}
        onChange={(tags) => onChange({ tags })}
        suggestions={facets?.tags.map(({ value }) => value) ?? []}
      />
      <Button size="s" className={styles.manageTags ?? ""} icon={<Tags aria-hidden />} onPress={onManageTags}>
        {t("library.manageTags")}
      </Button>
      <Select
        label={t("library.channel")}
        options={optionsFor(facets?.channels, filters.channel, t("library.channelAny"))}
        value={filters.channel}
        onChange={(channel) => onChange({ channel })}
      />
      <Select
        label={t("library.folderWithSubfolders")}
        options={optionsFor(folders, filters.folder, t("library.folderAny"))}
        value={filters.folder}
        onChange={(folder) => onChange({ folder })}
      />
      <Select
        label={t("library.language")}
        options={optionsFor(facets?.languages, filters.language, t("library.languageAny"), languageLabel)}
        value={filters.language}
        onChange={(language) => onChange({ language })}
      />
    </>
  );
}

/** Return the values that videos have, and the selected one in any case. */
function optionsFor(
  values: readonly { value: string; count: number }[] | undefined,
  selected: string,
  any: string,
  nameOf: (value: string) => string | null = (value) => value,
): Option<string>[] {
  const options = (values ?? [])
    .filter(({ value }) => value !== "")
    .map(({ value, count }) => ({
      value,
      label: t("library.valueCount", { value: nameOf(value) ?? value, count }),
    }));
  if (selected !== "" && !options.some(({ value }) => value === selected))
    options.push({ value: selected, label: nameOf(selected) ?? selected });
  return [{ value: "", label: any }, ...options];
}
