import { useEffect, useRef } from "react";
import type { Export } from "@/api/exports";
import { t } from "@/i18n";
import { toast } from "@/ui/Toasts";
import { newlyFinished } from "./list";
import { saveUrl } from "./save-file";
import { openTray } from "./tray-store";

/** Show a toast for exports that finish while the tray, which shows them too, is closed. */
export function useFinishedToasts(exports: readonly Export[] | undefined, isTrayOpen: boolean): void {
  const before = useRef(exports);
  useEffect(() => {
    const finished = newlyFinished(before.current ?? [], exports ?? []);
    before.current = exports;
    if (!isTrayOpen) announce(finished);
  }, [exports, isTrayOpen]);
}

/** Show a toast for exports that have completed or failed. */
export function announce(finished: readonly Export[]): void {
  const show = { label: t("common.show"), onPress: openTray };
  const [first] = finished;
  const failed = finished.filter(({ state }) => state === "failed").length;
  if (!first) return;
  if (failed > 0)
    toast(t("exports.someFailed", { count: failed }), {
      tone: "bad",
      action: show,
    });
  else if (finished.length > 1)
    toast(t("exports.readyCount", { count: finished.length }), {
      action: show,
    });
  else toast(t("exports.exportReady"), { detail: first.filename, action: downloadAction(first) });
}

function downloadAction({ url, filename }: Export) {
  return { label: t("common.download"), onPress: () => saveUrl(url ?? "", filename) };
}
