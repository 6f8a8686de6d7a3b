import { X } from "lucide-react";
import { t } from "@/i18n";
import { formatDate } from "@/lib/format";
import { languageLabel } from "@/lib/languages";
import { Button } from "@/ui/Button";
import {
  FILTER_LABELS,
  type FilterName,
  isDayFilter,
  VALUE_FILTERS,
  type ValueFilter,
  type VideoFilters,
} from "./filter";
import { FILTER_OPTIONS } from "./filter-options";
import styles from "./Toolbar.module.css";

/** The text filter of a link (`/?q=`), and the filters with values of `MoreFilters`. */
const VALUES = ["q", ...VALUE_FILTERS] as const;
/** Choices of `MoreFilters`, which no control beside the list shows. */
const CHOICES: readonly FilterName[] = [
  "quality",
  "transcript",
  "speech",
  "source",
  "watched",
  "location",
  "state",
];

interface ActiveFiltersProps {
  filters: VideoFilters;
  onChange: (change: Partial<VideoFilters>) => void;
  /** Choices that a control on the page shows. */
  shown?: readonly FilterName[];
}

interface Chip {
  text: string;
  remove: Partial<VideoFilters>;
}

/** Active filters whose values no other control shows; a press removes one. */
export function ActiveFilters({ filters, onChange, shown = [] }: ActiveFiltersProps) {
  const active = chipsOf(filters, shown);
  if (active.length === 0) return null;
  return (
    <ul className={styles.active} aria-label={t("library.activeFilters")}>
      {active.map(({ text, remove }) => (
        <li key={text}>
          <Button
            size="s"
            className={styles.chip ?? ""}
            aria-label={t("library.removeFilter", { text })}
            onPress={() => onChange(remove)}
          >
            <span className={styles.chipText}>{text}</span>
            <X aria-hidden />
          </Button>
        </li>
      ))}
    </ul>
  );
}

function chipsOf(filters: VideoFilters, shown: readonly FilterName[]): Chip[] {
  const { tags } = filters;
  return [
    ...tags.map((tag) => ({
      text: t("library.tagFilter", { tag }),
      remove: { tags: tags.filter((other) => other !== tag) },
    })),
    ...VALUES.filter((name) => filters[name] !== "").map((name) => ({
      text: t("library.valueFilter", {
        name: t(FILTER_LABELS[name]),
        value: valueText(name, filters[name]),
      }),
      remove: { [name]: "" },
    })),
    ...CHOICES.filter((name) => filters[name] !== "any" && !shown.includes(name)).map((name) => ({
      text: choiceText(name, filters[name]),
      remove: { [name]: "any" },
    })),
  ];
}

function valueText(name: ValueFilter | "q", value: string): string {
  if (name === "language") return languageLabel(value) ?? value;
  return isDayFilter(name) ? formatDate(`${value}T00:00Z`) : value;
}

function choiceText(name: FilterName, value: string): string {
  const option = FILTER_OPTIONS[name].find((one) => one.value === value);
  return option ? t(option.text) : value;
}
