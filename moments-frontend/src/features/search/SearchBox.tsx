import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { usePathname, useSearch } from "wouter/use-browser-location";
import { t } from "@/i18n";
import { listen } from "@/lib/listen";
import { SEARCH_PATH } from "@/lib/routes";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { SearchField } from "@/ui/Field";
import { forgetFinishedQuery, queryOf, showResults, showWhileTyping } from "./address";
import styles from "./SearchBox.module.css";

/** Delay between the last key press and the search. */
const DEBOUNCE_MS = 300;

/** Longest query that the API accepts. */
const MAX_QUERY = 1000;

const FIELD = "input, textarea, select, [contenteditable]:not([contenteditable=false])";
/** Overlays that keep the focus; toasts have the dialog role too, but do not. */
const OVERLAY = "[role=menu], [role=listbox], [role=dialog], [role=alertdialog]:not([aria-modal=false])";

interface SearchBoxProps {
  /** Loads the page of results, which the next key presses open. */
  onUse: () => void;
}

/** The search box of all pages. On narrow screens a button opens it, except on the search page. */
export function SearchBox({ onUse }: SearchBoxProps) {
  const box = useRef<HTMLInputElement>(null);
  const isResults = usePathname() === SEARCH_PATH;
  const [isOpen, setOpen] = useState(false);
  const { typed, setTyped, submit, composition } = useQueryField();

  useEffect(() => {
    const keydown = (event: KeyboardEvent) => {
      if (!isSearchKey(event)) return;
      event.preventDefault();
      flushSync(() => setOpen(true));
      box.current?.focus();
      box.current?.select();
    };
    return listen(window, { keydown });
  }, []);

  return (
    <>
      {!isResults && (
        <IconButton
          label={t("search.search")}
          className={styles.opener ?? ""}
          icon={<Search />}
          aria-expanded={isOpen}
          onPress={() => {
            flushSync(() => setOpen(!isOpen));
            box.current?.focus(); // no effect while the box is hidden
          }}
        />
      )}
      <search
        aria-label={t("common.library")}
        className={cx(styles.box, (isOpen || isResults) && styles.open)}
        data-search-box
        onFocus={onUse}
        {...composition}
      >
        <SearchField
          ref={box}
          label={t("search.searchTheLibrary")}
          placeholder={t("search.searchSpeechTitlesChannels")}
          maxLength={MAX_QUERY}
          value={typed}
          onChange={setTyped}
          onSubmit={submit}
          onKeyDown={(event) => {
            if (event.key === "Escape" && typed === "") setOpen(false);
            event.continuePropagation();
          }}
        />
        <kbd aria-hidden className={styles.key}>
          /
        </kbd>
      </search>
    </>
  );
}

/** State of the field: follows the URL, and changes it on Enter or after a pause in typing. */
function useQueryField() {
  const path = usePathname();
  const query = queryOf(path, useSearch());
  const [typed, setTyped] = useState(query);
  const [isComposing, setComposing] = useState(false);
  const reported = useRef(query);
  useEffect(() => {
    // A link or back navigation came first; text typed just before it must not lead away from its page.
    if (query !== reported.current || path !== SEARCH_PATH) setTyped(query);
    reported.current = query;
  }, [path, query]);
  useEffect(() => {
    const next = typed.trim();
    if (isComposing || next === reported.current) return;
    // Clearing the field on another page does not leave that page.
    if (next === "" && location.pathname !== SEARCH_PATH) return;
    const timer = setTimeout(() => {
      // Enter or another page came first.
      if (next === reported.current) return;
      reported.current = next;
      showWhileTyping(next);
    }, DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [typed, isComposing]);
  return {
    typed,
    setTyped: (value: string) => {
      forgetFinishedQuery();
      setTyped(value);
    },
    submit: (value: string) => {
      reported.current = value.trim();
      showResults(reported.current);
    },
    composition: {
      onCompositionStart: () => setComposing(true),
      onCompositionEnd: () => setComposing(false),
    },
  };
}

/** Report whether a key press focuses the search box: `/` outside of fields, or Ctrl/Cmd+K. */
function isSearchKey(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.altKey) return false;
  if (document.querySelector(OVERLAY)) return false;
  const hasControl = event.ctrlKey || event.metaKey;
  if (event.key.toLowerCase() === "k") return hasControl && !event.shiftKey;
  const isTyping = event.target instanceof Element && event.target.closest(FIELD) !== null;
  return event.key === "/" && !hasControl && !isTyping;
}
