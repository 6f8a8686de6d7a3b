import { useMutation } from "@tanstack/react-query";
import { createExports, type Export, isActive } from "@/api/exports";
import type { CropPosition } from "./crop";
import { closeExportDialog, type ExportTarget } from "./dialog-store";
import { type Options, saveOptions, toRequest } from "./options";
import { selectionsOf } from "./targets";
import { showNewExports } from "./tray-store";
import { announce } from "./use-finished";

interface Submission {
  targets: readonly ExportTarget[];
  /** Title of a range. */
  title: string;
  options: Options;
  crop: CropPosition;
  canCaption: boolean;
}

/** Queue the exports; then close the dialog, remember the options and show the progress. */
export function useExport() {
  return useMutation({
    mutationFn: async ({ targets, title, options, crop, canCaption }: Submission) => {
      const fields = toRequest(options, crop, canCaption);
      const created: Export[] = [];
      for (const target of targets)
        for (const selection of selectionsOf(target, title))
          created.push(...(await createExports(target.videoId, selection, fields)));
      return created;
    },
    onSuccess: (created, { options }) => {
      saveOptions(options);
      closeExportDialog();
      showNewExports();
      if (!created.some(isActive)) announce(created); // the same files existed already
    },
  });
}
