import { useState } from "react";
import { type BulkOperation, startBulk } from "@/api/bulk";
import type { TrashedVideo, TrashPage } from "@/api/schema";
import { deleteForever, emptyTrash } from "@/api/trash";
import { useBulkOperation } from "@/api/use-bulk-operation";
import { refreshVideos, restoreVideo } from "@/api/videos";
import { t } from "@/i18n";
import { toast, toastError } from "@/ui/Toasts";
import type { Deletion } from "./DeleteDialog";

export interface TrashActions {
  /** The deletion in progress. */
  operation: BulkOperation | null;
  /** The last one, if a part of it failed. */
  result: BulkOperation | null;
  clearResult: () => void;
  restore: (videos: readonly TrashedVideo[]) => Promise<void>;
  remove: (deletion: Deletion, page: TrashPage, deleteLocal: boolean) => Promise<void>;
}

/** Restore videos, and delete them for good. */
export function useTrashActions(): TrashActions {
  const [started, setStarted] = useState<BulkOperation | null>(null);
  const [result, setResult] = useState<BulkOperation | null>(null);
  const operation = useBulkOperation(started, (ended) => {
    setStarted(null);
    void refreshVideos();
    if (ended.changed > 0) toast(t("trash.deleted", { count: ended.changed }));
    if (ended.failed > 0) setResult(ended);
  });
  async function restore(videos: readonly TrashedVideo[]) {
    try {
      const [first] = videos;
      if (first && videos.length === 1) await restoreVideo(first.id);
      else {
        const { failed } = await startBulk({ ids: videos.map(({ id }) => id) }, "restore");
        await refreshVideos();
        if (failed > 0) toast(t("trash.notRestored", { count: failed }));
      }
      toast(t("trash.restored", { count: videos.length }));
    } catch (error) {
      toastError(t("trash.restoreFailed"), error);
    }
  }
  async function remove({ ids }: Deletion, page: TrashPage, deleteLocal: boolean) {
    setResult(null);
    try {
      if (ids === "all") setStarted(await emptyTrash(page, { deleteLocal }));
      else if (ids.length === 1) {
        await deleteForever(ids[0] ?? "", { deleteLocal });
        toast(t("trash.deleted", { count: 1 }));
      } else {
        setStarted(await startBulk({ ids: [...ids] }, "delete", { delete_local: deleteLocal }));
      }
    } catch (error) {
      toastError(t("trash.deleteFailed"), error);
    }
  }
  return { operation, result, clearResult: () => setResult(null), restore, remove };
}
