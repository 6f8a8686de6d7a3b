/** Whether somebody wants to add videos. Tiny, since it is there on every page; what it opens is not. */

import { useSyncExternalStore } from "react";

export interface AddWish {
  isOpen: boolean;
  /** What stands in the field of links. */
  links: string;
}

let wish: AddWish = { isOpen: false, links: "" };
const listeners = new Set<() => void>();

function set(next: AddWish): void {
  wish = next;
  for (const listener of listeners) listener();
}

/** Open the dialog, with these links filled in. */
export function openAdd(links = ""): void {
  set({ isOpen: true, links });
}

export function closeAdd(): void {
  set({ isOpen: false, links: "" });
}

export function useAddWish(): AddWish {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => wish,
  );
}
