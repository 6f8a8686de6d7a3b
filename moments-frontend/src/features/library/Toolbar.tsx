import { lazy, memo, Suspense } from "react";
import { Button } from "@/ui/Button";
import { ActiveFilters } from "./ActiveFilters";
import { DEFAULT_FILTERS, hasActiveFilters, type VideoFilters } from "./filter";
import styles from "./Toolbar.module.css";

// Loaded later: the menus take longer to set up than the rest of the page.
const Filters = lazy(async () => ({ default: (await import("./Filters")).Filters }));
const PLACEHOLDERS = ["order", "length", "resolution", "transcript", "source", "more"].map((name) => (
  <span key={name} aria-hidden className={styles.placeholder} />
));

interface ToolbarProps {
  filters: VideoFilters;
  onChange: (change: Partial<VideoFilters>) => void;
}

/** Sort order and filters; the search box is in the header. */
export const Toolbar = memo(function Toolbar({ filters, onChange }: ToolbarProps) {
  return (
    <search className={styles.toolbar} aria-label="Videos">
      <div className={styles.selects}>
        <Suspense fallback={PLACEHOLDERS}>
          <Filters filters={filters} onChange={onChange} />
        </Suspense>
        {hasActiveFilters(filters) && (
          <Button variant="ghost" onPress={() => onChange({ ...DEFAULT_FILTERS, sort: filters.sort })}>
            Clear filters
          </Button>
        )}
      </div>
      <ActiveFilters filters={filters} onChange={onChange} />
    </search>
  );
});
