import { lazy, Suspense, useEffect, useState } from "react";
import { plural } from "@/lib/format";
import { listen } from "@/lib/listen";
import { toast } from "@/ui/Toasts";
import { openUploadDialog, useUploadDialog } from "./dialog-store";
import { isVideoName, parseLinks } from "./parse";
import { resumePending } from "./polling";
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
  return (
    <>
      <Suspense fallback={null}>
        {dialog.isOpen && <UploadDialog links={dialog.links} />}
        {hasItems && <UploadPanel />}
      </Suspense>
      {isDragging && (
        <div className={styles.overlay} role="status">
          <p>Drop to add</p>
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

/** Upload files at once; open the dialog for links. */
async function handleDrop(data: DataTransfer | null): Promise<void> {
  const files = [...(data?.files ?? [])];
  const links = parseLinks(data?.getData("text/uri-list") ?? "");
  if (files.length > 0) {
    const [{ addFiles }, { shouldFindMoments }] = await Promise.all([
      import("./uploader"),
      import("./preferences"),
    ]);
    const videos = files.filter((file) => isVideoName(file.name));
    addFiles(videos, shouldFindMoments());
    const others = files.length - videos.length;
    if (others > 0) toast(`${plural(others, "file")} skipped: not a video`);
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
