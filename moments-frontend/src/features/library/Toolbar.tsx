import { memo } from "react";
import { t } from "@/i18n";
import { lazy } from "@/lib/lazy";
import { Boundary } from "@/ui/Boundary";
import { Button } from "@/ui/Button";
import { ActiveFilters } from "./ActiveFilters";
import { DEFAULT_FILTERS, hasActiveFilters, type VideoFilters } from "./filter";
import styles from "./Toolbar.module.css";

// Loaded later: the menus take longer to set up than the rest of the page.
const Filters = lazy(async () => ({ default: (await import("./Filters")).Filters }));
const SavedViews = lazy(async () => ({ default: (await import("./SavedViews")).SavedViews }));
const FolderBar = lazy(async () => ({ default: (await import("./FolderBar")).FolderBar }));
const PLACEHOLDERS = ["order", "length", "watched", "favorites", "more"].map((name) => (
  <span key={name} aria-hidden className={styles.placeholder} />
));

/** Choices whose values the toolbar shows. */
const SHOWN = ["watched"] as const;

interface ToolbarProps {
  filters: VideoFilters;
  onChange: (change: Partial<VideoFilters>) => void;
}

/** Saved views, sort order, filters and folders; the search box is in the header. */
export const Toolbar = memo(function Toolbar({ filters, onChange }: ToolbarProps) {
  return (
    <search className={styles.toolbar} aria-label={t("library.videos")}>
      <Boundary place="nowhere" fallback={<div className={styles.views} />}>
        <SavedViews filters={filters} onChange={onChange} />
      </Boundary>
      <div className={styles.selects}>
        <Boundary place="panel" fallback={PLACEHOLDERS}>
          <Filters filters={filters} onChange={onChange} />
        </Boundary>
        {hasActiveFilters(filters) && (
          <Button variant="ghost" onPress={() => onChange({ ...DEFAULT_FILTERS, sort: filters.sort })}>
            {t("common.clearFilters")}
          </Button>
        )}
      </div>
      <ActiveFilters filters={filters} onChange={onChange} shown={SHOWN} />
      <Boundary place="nowhere">
        <FolderBar folder={filters.folder} onChange={onChange} />
      </Boundary>
    </search>
  );
});
