import { lazy, memo, Suspense, useEffect, useRef, useState } from "react";
import { Button } from "@/ui/Button";
import { SearchField } from "@/ui/Field";
import { type Choices, isNarrowed, NOTHING_CHOSEN } from "./filter";
import styles from "./Toolbar.module.css";

// What opens and closes costs more to set up than all the rest of the page: the videos come first.
const Filters = lazy(async () => ({ default: (await import("./Filters")).Filters }));
const PLACES = ["order", "length", "resolution", "transcript", "source"].map((name) => (
  <span key={name} aria-hidden className={styles.place} />
));

/** How long somebody has stopped typing before the list is asked for. */
const TYPING_MS = 150;

interface ToolbarProps {
  choices: Choices;
  onChange: (change: Partial<Choices>) => void;
}

/** Search, order and filters. */
export const Toolbar = memo(function Toolbar({ choices, onChange }: ToolbarProps) {
  return (
    <search className={styles.toolbar} aria-label="Videos">
      <Search value={choices.q} onChange={(q) => onChange({ q })} />
      <div className={styles.selects}>
        <Suspense fallback={PLACES}>
          <Filters choices={choices} onChange={onChange} />
        </Suspense>
        {isNarrowed(choices) && (
          <Button variant="ghost" onPress={() => onChange({ ...NOTHING_CHOSEN, sort: choices.sort })}>
            Clear filters
          </Button>
        )}
      </div>
    </search>
  );
});

function Search({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    // The address changed otherwise than by typing: back, or filters that were cleared.
    if (value !== told.current) setTyped(value);
    told.current = value;
  }, [value]);
  useEffect(() => {
    if (typed === told.current) return;
    const timer = setTimeout(() => {
      told.current = typed;
      onChange(typed);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, onChange]);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.closest("input, textarea, select");
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener("keydown", focus);
    return () => window.removeEventListener("keydown", focus);
  }, []);
  return (
    <SearchField
      ref={input}
      label="Search videos"
      placeholder="Search titles, names and links"
      className={styles.search ?? ""}
      value={typed}
      onChange={setTyped}
    />
  );
}
