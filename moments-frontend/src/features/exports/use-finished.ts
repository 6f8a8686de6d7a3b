import { useEffect, useRef } from "react";
import type { Export } from "@/api/exports";
import { plural } from "@/lib/format";
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
  const show = { label: "Show", onPress: openTray };
  const [first] = finished;
  const failed = finished.filter(({ state }) => state === "failed").length;
  if (!first) return;
  if (failed > 0) toast(`${plural(failed, "export")} failed`, { tone: "bad", action: show });
  else if (finished.length > 1) toast(`${plural(finished.length, "export")} ready`, { action: show });
  else toast("Export ready", { detail: first.filename, action: downloadAction(first) });
}

function downloadAction({ url, filename }: Export) {
  return { label: "Download", onPress: () => saveUrl(url ?? "", filename) };
}
