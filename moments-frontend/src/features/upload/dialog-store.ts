/** State of the upload dialog. Separate from the dialog, which is loaded when it opens. */

import { createStore, useStore } from "@/lib/store";

export interface UploadDialogState {
  isOpen: boolean;
  /** Initial text of the field of links. */
  links: string;
}

const dialog = createStore<UploadDialogState>({ isOpen: false, links: "" });

export function openUploadDialog(links = ""): void {
  dialog.set({ isOpen: true, links });
}

export function closeUploadDialog(): void {
  dialog.set({ isOpen: false, links: "" });
}

export function useUploadDialog(): UploadDialogState {
  return useStore(dialog);
}
