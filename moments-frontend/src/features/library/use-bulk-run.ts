import { useState } from "react";
import { navigate } from "wouter/use-browser-location";
import {
  type BulkAction,
  type BulkOperation,
  type BulkTarget,
  cancelBulk,
  startBulk,
  undoTrash,
} from "@/api/bulk";
import type { VideoSummary } from "@/api/schema";
import { useBulkOperation } from "@/api/use-bulk-operation";
import { refreshVideos } from "@/api/videos";
import { t } from "@/i18n";
import { RUNS_PATH } from "@/lib/routes";
import type { ListSelection } from "@/lib/use-selection";
import { toast, toastError } from "@/ui/Toasts";
import { bulkSummary } from "./bulk-text";

export interface BulkRun {
  isStarting: boolean;
  /** The operation in progress. */
  operation: BulkOperation | null;
  /** The last one, if a part of it failed. */
  result: BulkOperation | null;
  start: (target: BulkTarget, action: BulkAction, tags?: readonly string[]) => void;
  cancel: () => void;
  clear: () => void;
}

/** Run an action for the selection on the server; failed videos stay selected. */
export function useBulkRun({ retain, stop }: ListSelection<VideoSummary>): BulkRun {
  const [isStarting, setStarting] = useState(false);
  const [started, setStarted] = useState<BulkOperation | null>(null);
  const [result, setResult] = useState<BulkOperation | null>(null);
  const operation = useBulkOperation(started, (ended) => {
    setStarted(null);
    report(ended);
    void refreshVideos();
    if (ended.failed === 0) return stop();
    retain(new Set(ended.failures.map(({ video_id: id }) => id)));
    setResult(ended);
  });

  function start(target: BulkTarget, action: BulkAction, tags?: readonly string[]) {
    setResult(null);
    setStarting(true);
    startBulk(target, action, tags ? { tags: [...tags] } : {})
      .then(setStarted, (error: unknown) => toastError(t("library.bulkFailed"), error))
      .finally(() => setStarting(false));
  }
  const cancel = () => {
    if (!operation) return;
    cancelBulk(operation.id).catch((error: unknown) => toastError(t("library.stopFailed"), error));
  };
  return { isStarting, operation, result, start, cancel, clear: () => setResult(null) };
}

/** Show what the operation changed, with what can be done about it. */
function report(operation: BulkOperation): void {
  if (operation.changed === 0 && operation.failed > 0) return;
  const { action } = operation;
  if (action === "trash") {
    const onPress = () =>
      void undoTrash(operation).then(
        () => toast(t("library.restored", { count: operation.changed })),
        (error: unknown) => toastError(t("library.restoreFailed"), error),
      );
    toast(bulkSummary(operation), { action: { label: t("common.undo"), onPress } });
  } else if (action === "transcribe") {
    const onPress = () => navigate(RUNS_PATH);
    toast(bulkSummary(operation), { action: { label: t("library.viewRuns"), onPress } });
  } else toast(bulkSummary(operation));
}
