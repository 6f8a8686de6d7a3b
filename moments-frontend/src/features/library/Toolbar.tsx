import { useEffect, useRef, useState } from "react";
import { Button } from "@/ui/Button";
import { SearchField } from "@/ui/Field";
import { Select } from "@/ui/Select";
import {
  type Choices,
  isNarrowed,
  LENGTHS,
  NOTHING_CHOSEN,
  QUALITIES,
  SORTS,
  SOURCES,
  TRANSCRIPTS,
} from "./filter";
import styles from "./Toolbar.module.css";

/** How long somebody has stopped typing before the list is asked for. */
const TYPING_MS = 150;

interface ToolbarProps {
  choices: Choices;
  onChange: (change: Partial<Choices>) => void;
}

/** Search, order and filters. */
export function Toolbar({ choices, onChange }: ToolbarProps) {
  return (
    <search className={styles.toolbar} aria-label="Videos">
      <Search value={choices.q} onChange={(q) => onChange({ q })} />
      <div className={styles.selects}>
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
        {isNarrowed(choices) && (
          <Button variant="ghost" onPress={() => onChange({ ...NOTHING_CHOSEN, sort: choices.sort })}>
            Clear filters
          </Button>
        )}
      </div>
    </search>
  );
}

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
