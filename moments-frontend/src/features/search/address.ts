/** The search in the URL, as in `/search?q=moon&mode=words`, and how typing changes the history. */

import { navigate } from "wouter/use-browser-location";
import type { SearchMode } from "@/api/search";
import type { TextKey } from "@/i18n";
import { SEARCH_PATH } from "@/lib/routes";
import { createStore, useStore } from "@/lib/store";

export const MODES: readonly { value: SearchMode; label: TextKey }[] = [
  { value: "auto", label: "search.all" },
  { value: "words", label: "search.words" },
  { value: "meaning", label: "search.meaning" },
];

/** Return the mode in a URL's query; unknown values become the default. */
export function parseMode(parameters: URLSearchParams): SearchMode {
  return MODES.find(({ value }) => value === parameters.get("mode"))?.value ?? "auto";
}

/** Return the query in a URL; the library's `q` is a filter of its own. */
export function queryOf(path: string, search: string): string {
  const hasQuery = path === SEARCH_PATH || path.startsWith("/watch/");
  return hasQuery ? (new URLSearchParams(search).get("q") ?? "").trim() : "";
}

/** Return the URL of the results; on the search page, mode and filters stay. */
export function resultsUrl(query: string, current: Pick<Location, "pathname" | "search">): string {
  const parameters = new URLSearchParams(current.pathname === SEARCH_PATH ? current.search : "");
  parameters.delete("q");
  // The query comes first, as it is the part that people read.
  const all = new URLSearchParams(query === "" ? [] : [["q", query]]);
  for (const [name, value] of parameters) all.append(name, value);
  const text = all.toString();
  return SEARCH_PATH + (text && `?${text}`);
}

interface EntryState {
  /** True if the entry was made by typing, so that further typing replaces it. */
  isDraft?: boolean;
}

/** The query that was finished with Enter, until the focus has moved to its first result. */
const finished = createStore<string | null>(null);

/** Return the query whose first result receives the focus as soon as it is loaded; null without any. */
export function useFinishedQuery(): string | null {
  return useStore(finished);
}

/** Leave the focus where it is: the first result has it, or the user continues to type. */
export function forgetFinishedQuery(): void {
  finished.set(null);
}

/** Show the results of a query while it is typed: all key presses share one history entry. */
export function showWhileTyping(query: string): void {
  open(query, { isDraft: true });
}

/** Show the results of a finished query and focus the first; typing on makes another history entry. */
export function showResults(query: string): void {
  open(query, {});
  finished.set(query);
}

function open(query: string, state: EntryState): void {
  const to = resultsUrl(query, location);
  const isSame = to === location.pathname + location.search;
  const isDraft = location.pathname === SEARCH_PATH && (history.state as EntryState | null)?.isDraft === true;
  navigate(to, { replace: isSame || isDraft, state });
}
