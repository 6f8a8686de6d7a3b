/** State of the tray of exports in this visit. */

import { createStore, useStore } from "@/lib/store";

/** Collapsed, only its title and the total progress are visible. */
export type TrayState = "closed" | "collapsed" | "open";

/** Phones, where an open tray would cover most of the page. */
const NARROW = "(max-width: 640px)";

/** Null until exports are shown for the first time. */
const tray = createStore<TrayState | null>(null);

export function setTray(state: TrayState): void {
  tray.set(state);
}

export function openTray(): void {
  setTray("open");
}

export function closeTray(): void {
  setTray("closed");
}

/** Show new exports: in the open tray, or in the collapsed one on phones. */
export function showNewExports(): void {
  if (tray.get() !== "open") setTray(matchMedia(NARROW).matches ? "collapsed" : "open");
}

/** Show active exports of an earlier visit, unless the user has closed the tray. */
export function showActiveExports(): void {
  if (tray.get() === null) showNewExports();
}

export function useTray(): TrayState {
  return useStore(tray) ?? "closed";
}
