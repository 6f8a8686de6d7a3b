/** Whether the tray of exports is open. */

import { createStore, useStore } from "@/lib/store";

/** Null until the first export or the user opens it in this visit. */
const choice = createStore<boolean | null>(null);

export function openTray(): void {
  choice.set(true);
}

export function closeTray(): void {
  choice.set(false);
}

/** Open the tray unless the user has closed it. */
export function showTray(): void {
  choice.set(choice.get() ?? true);
}

export function useIsTrayOpen(): boolean {
  return useStore(choice) ?? false;
}
