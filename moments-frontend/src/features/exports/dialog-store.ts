/** State of the export dialog. Separate from the dialog, which is loaded when it opens. */

import { createStore, useStore } from "@/lib/store";

/** A part of a video. */
export interface ExportPart {
  /** Id of the moment; null for a range. */
  momentId: string | null;
  start: number;
  end: number;
  title: string;
}

/** Parts of one video to export; `all` exports the moments that exist when the dialog is submitted. */
export interface ExportTarget {
  videoId: string;
  parts: readonly ExportPart[] | "all";
}

const dialog = createStore<readonly ExportTarget[]>([]);

/** Open the dialog for parts of one or more videos. */
export function openExportDialog(...targets: ExportTarget[]): void {
  dialog.set(targets);
}

export function closeExportDialog(): void {
  dialog.set([]);
}

/** Return the targets of the open dialog; empty while it is closed. */
export function useExportTargets(): readonly ExportTarget[] {
  return useStore(dialog);
}
