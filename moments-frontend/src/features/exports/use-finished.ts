import { useEffect, useRef } from "react";
import type { Export } from "@/api/exports";
import { t } from "@/i18n";
import { toast } from "@/ui/Toasts";
import { newlyFinished } from "./list";
import { saveUrl } from "./save-file";
import { openTray } from "./tray-store";

/** Show toasts for exports that finish while the tray is closed; opening the tray, which lists them, closes the toasts. */
export function useFinishedToasts(exports: readonly Export[] | undefined, isTrayOpen: boolean): void {
  const before = useRef(exports);
  const closeToasts = useRef<(() => void)[]>([]);
  useEffect(() => {
    const finished = newlyFinished(before.current ?? [], exports ?? []);
    before.current = exports;
    const close = isTrayOpen ? null : announce(finished);
    if (close) closeToasts.current.push(close);
  }, [exports, isTrayOpen]);
  useEffect(() => {
    if (isTrayOpen) for (const close of closeToasts.current.splice(0)) close();
  }, [isTrayOpen]);
}

/** Show a toast for exports that have completed or failed.
 *
 * @returns a function that closes the toast; null without exports */
export function announce(finished: readonly Export[]): (() => void) | null {
  const show = { label: t("common.show"), onPress: openTray };
  const [first] = finished;
  const failed = finished.filter(({ state }) => state === "failed").length;
  if (!first) return null;
  if (failed > 0)
    return toast(t("exports.someFailed", { count: failed }), {
      tone: "bad",
      action: show,
    });
  if (finished.length > 1)
    return toast(t("exports.readyCount", { count: finished.length }), {
      action: show,
    });
  return toast(t("exports.exportReady"), { detail: first.filename, action: downloadAction(first) });
}

function downloadAction({ url, filename }: Export) {
  return { label: t("common.download"), onPress: () => saveUrl(url ?? "", filename) };
}
