/** The colour theme, stored in this browser. */

import { readStored, writeStored } from "./storage";
import { createStore, useStore } from "./store";

export type Theme = "system" | "light" | "dark";

const STORAGE_KEY = "theme";
const current = createStore<Theme>("system");

export function setTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  writeStored(STORAGE_KEY, theme === "system" ? null : theme);
  current.set(theme);
}

/** Apply the stored theme. Call once, before the first render. */
export function applyStoredTheme(): void {
  const stored = readStored(STORAGE_KEY);
  setTheme(stored === "light" || stored === "dark" ? stored : "system");
}

export function useTheme(): Theme {
  return useStore(current);
}
