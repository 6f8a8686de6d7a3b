/** Whether the tray of exports is open, as the user has decided in this visit. */

import { createStore, useStore } from "@/lib/store";

/** Null until the user opens or closes it: then it is open while exports are active. */
const choice = createStore<boolean | null>(null);

export function openTray(): void {
  choice.set(true);
}

export function closeTray(): void {
  choice.set(false);
}

/** Report whether the tray is open.
 *
 * @param hasActive whether an export is active */
export function useIsTrayOpen(hasActive: boolean): boolean {
  return useStore(choice) ?? hasActive;
}

export function isTrayClosed(): boolean {
  return choice.get() === false;
}
