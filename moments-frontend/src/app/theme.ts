/** Light, dark, or as the system has it; kept in this browser. */

import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
const KEY = "videomoments:theme";
const listeners = new Set<() => void>();

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system"; // storage can be forbidden
  }
}

let current: Theme = "system";

export function setTheme(theme: Theme): void {
  current = theme;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // then it holds for this visit
  }
  for (const listener of listeners) listener();
}

/** Called once, before anything is drawn. */
export function applyStoredTheme(): void {
  setTheme(stored());
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
