import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { exportsQuery, isActive } from "@/api/exports";
import { lazy } from "@/lib/lazy";
import { Boundary } from "@/ui/Boundary";
import { closeExportDialog, useExportTargets } from "./dialog-store";
import { showActiveExports, useTray } from "./tray-store";
import { useFinishedToasts } from "./use-finished";

const ExportDialog = lazy(async () => ({ default: (await import("./ExportDialog")).ExportDialog }));
const ExportTray = lazy(async () => ({ default: (await import("./ExportTray")).ExportTray }));

/** Renders the open export dialog and the tray, on every page. */
export function ExportHost() {
  const { data: exports } = useQuery(exportsQuery());
  const hasActive = exports?.some(isActive) ?? false;
  useEffect(() => {
    if (hasActive) showActiveExports();
  }, [hasActive]);
  const tray = useTray();
  useFinishedToasts(exports, tray === "open");
  const [first, ...others] = useExportTargets();
  return (
    <>
      {first && (
        <Boundary place="dialog" onClose={closeExportDialog}>
          <ExportDialog targets={[first, ...others]} />
        </Boundary>
      )}
      {tray !== "closed" && exports && exports.length > 0 && (
        <Boundary place="panel">
          <ExportTray exports={exports} />
        </Boundary>
      )}
    </>
  );
}
