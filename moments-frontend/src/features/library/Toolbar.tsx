import { lazy, memo, Suspense, useEffect, useRef, useState } from "react";
import { listen } from "@/lib/listen";
import { Button } from "@/ui/Button";
import { SearchField } from "@/ui/Field";
import { ActiveFilters } from "./ActiveFilters";
import { DEFAULT_FILTERS, hasActiveFilters, type VideoFilters } from "./filter";
import styles from "./Toolbar.module.css";

// Loaded later: the menus take longer to set up than the rest of the page.
const Filters = lazy(async () => ({ default: (await import("./Filters")).Filters }));
const PLACEHOLDERS = ["order", "length", "resolution", "transcript", "source", "more"].map((name) => (
  <span key={name} aria-hidden className={styles.placeholder} />
));

/** Delay between the last key press and the search. */
const DEBOUNCE_MS = 150;

interface ToolbarProps {
  filters: VideoFilters;
  onChange: (change: Partial<VideoFilters>) => void;
}

export const Toolbar = memo(function Toolbar({ filters, onChange }: ToolbarProps) {
  return (
    <search className={styles.toolbar} aria-label="Videos">
      <Search value={filters.q} onChange={(q) => onChange({ q })} />
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

function Search({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  const reported = useRef(value);
  useEffect(() => {
    // The URL changed, but not by typing: back navigation, or cleared filters.
    if (value !== reported.current) setTyped(value);
    reported.current = value;
  }, [value]);
  useEffect(() => {
    if (typed === reported.current) return;
    const timer = setTimeout(() => {
      reported.current = typed;
      onChange(typed);
    }, DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [typed, onChange]);
  useEffect(() => {
    const keydown = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.closest("input, textarea, select");
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    return listen(window, { keydown });
  }, []);
  return (
    <SearchField
      ref={input}
      label="Search videos"
      placeholder="Search titles, file names and links"
      className={styles.search ?? ""}
      value={typed}
      onChange={setTyped}
    />
  );
}
