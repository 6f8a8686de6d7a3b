import { X } from "lucide-react";
import { formatDate } from "@/lib/format";
import { Button } from "@/ui/Button";
import { VALUE_FILTERS, type ValueFilter, type VideoFilters } from "./filter";
import styles from "./Toolbar.module.css";

/** The text filter of a link (`/?q=`), and the filters of `MoreFilters`. */
const SHOWN = ["q", ...VALUE_FILTERS] as const;

const LABELS: Record<ValueFilter | "q", string> = {
  q: "Title, file name or link",
  channel: "Channel",
  folder: "Folder",
  from: "Recorded from",
  to: "Recorded to",
};

interface ActiveFiltersProps {
  filters: VideoFilters;
  onChange: (change: Partial<VideoFilters>) => void;
}

/** Active filters whose values no other control shows; a press removes one. */
export function ActiveFilters({ filters, onChange }: ActiveFiltersProps) {
  const active = SHOWN.filter((name) => filters[name] !== "");
  if (active.length === 0) return null;
  return (
    <ul className={styles.active} aria-label="Active filters">
      {active.map((name) => {
        const text = `${LABELS[name]}: ${textOf(name, filters[name])}`;
        return (
          <li key={name}>
            <Button
              size="s"
              className={styles.chip ?? ""}
              aria-label={`Remove filter ${text}`}
              onPress={() => onChange({ [name]: "" })}
            >
              <span className={styles.chipText}>{text}</span>
              <X aria-hidden />
            </Button>
          </li>
        );
      })}
    </ul>
  );
}

function textOf(name: ValueFilter | "q", value: string): string {
  return name === "from" || name === "to" ? formatDate(`${value}T00:00Z`) : value;
}
