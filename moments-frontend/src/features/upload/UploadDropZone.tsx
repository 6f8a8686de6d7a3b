import { useEffect, useState } from "react";
import { t } from "@/i18n";
import { lazy } from "@/lib/lazy";
import { listen } from "@/lib/listen";
import { Boundary } from "@/ui/Boundary";
import { closeUploadDialog, openUploadDialog, useUploadDialog } from "./dialog-store";
import { droppedFiles } from "./dropped-files";
import { parseLinks } from "./parse";
import { resumePending } from "./polling";
import { keepVideos, useRejected } from "./rejected";
import { useItems } from "./store";
import styles from "./UploadDropZone.module.css";

const UploadDialog = lazy(async () => ({ default: (await import("./UploadDialog")).UploadDialog }));
const UploadPanel = lazy(async () => ({ default: (await import("./UploadPanel")).UploadPanel }));

/** Accepts files and links dropped or pasted anywhere in the app; renders the dialog and the panel. */
export function UploadDropZone() {
  const dialog = useUploadDialog();
  const isDragging = usePageDrop();
  usePagePaste();
  useEffect(resumePending, []);
  const hasItems = useItems().length > 0;
  const hasRejected = useRejected().length > 0;
  return (
    <>
      {dialog.isOpen && (
        <Boundary place="dialog" onClose={closeUploadDialog}>
          <UploadDialog links={dialog.links} />
        </Boundary>
      )}
      {(hasItems || hasRejected) && (
        <Boundary place="panel">
          <UploadPanel />
        </Boundary>
      )}
      {isDragging && (
        <div className={styles.overlay} role="status">
          <p>{t("upload.drop")}</p>
        </div>
      )}
    </>
  );
}

/** Handle drops on the page. Returns whether something is being dragged over it. */
function usePageDrop(): boolean {
  const [depth, setDepth] = useState(0);
  useEffect(() => {
    const isAccepted = (event: DragEvent) =>
      ["Files", "text/uri-list"].some((type) => event.dataTransfer?.types.includes(type));
    return listen(document, {
      dragenter: (event) => {
        if (!isAccepted(event)) return;
        event.preventDefault();
        setDepth((before) => before + 1);
      },
      dragover: (event) => {
        if (!isAccepted(event)) return;
        event.preventDefault();
        if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
      },
      dragleave: (event) => {
        if (isAccepted(event)) setDepth((before) => Math.max(0, before - 1));
      },
      drop: (event) => {
        setDepth(0);
        if (!isAccepted(event) || event.defaultPrevented) return;
        event.preventDefault();
        void handleDrop(event.dataTransfer);
      },
    });
  }, []);
  return depth > 0;
}

/** Upload files and folders at once; open the dialog for links. */
async function handleDrop(data: DataTransfer | null): Promise<void> {
  if (!data) return;
  const links = parseLinks(data.getData("text/uri-list"));
  const files = await droppedFiles(data);
  if (files.length > 0) {
    const [{ addFiles }, { shouldFindMoments }] = await Promise.all([
      import("./uploader"),
      import("./preferences"),
    ]);
    addFiles(keepVideos(files), shouldFindMoments());
  } else if (links.length > 0) openUploadDialog(links.join("\n"));
}

function usePagePaste(): void {
  useEffect(() => {
    const paste = ({ target, clipboardData }: ClipboardEvent) => {
      if (target instanceof HTMLElement && target.closest("input, textarea, [contenteditable]")) return;
      const links = parseLinks(clipboardData?.getData("text") ?? "");
      if (links.length > 0) openUploadDialog(links.join("\n"));
      else if (clipboardData?.files.length) void handleDrop(clipboardData);
    };
    return listen(document, { paste });
  }, []);
}
