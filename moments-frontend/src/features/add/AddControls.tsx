import { Plus } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { Button } from "@/ui/Button";
import { toast } from "@/ui/Toasts";
import styles from "./AddControls.module.css";
import { useEntries } from "./entries";
import { takeUpOthers } from "./following";
import { openAdd, useAddWish } from "./open";
import { isVideoName, parseLinks } from "./sources";

const AddDialog = lazy(async () => ({ default: (await import("./AddDialog")).AddDialog }));
const Tray = lazy(async () => ({ default: (await import("./Tray")).Tray }));

/** The button that adds videos. */
export function AddButton() {
  return (
    <Button variant="primary" icon={<Plus />} onPress={() => openAdd()}>
      Add
    </Button>
  );
}

/** What is above every page: the dialog, the tray, and what listens for files and links that are dropped or pasted. */
export function AddSurfaces() {
  const wish = useAddWish();
  const isDragging = usePageDrop();
  usePagePaste();
  useEffect(takeUpOthers, []);
  const isAdding = useEntries().length > 0;
  return (
    <>
      <Suspense fallback={null}>
        {wish.isOpen && <AddDialog links={wish.links} />}
        {isAdding && <Tray />}
      </Suspense>
      {isDragging && (
        <div className={styles.overlay} role="status">
          <p>Drop to add</p>
        </div>
      )}
    </>
  );
}

/** Takes in what is dropped anywhere; whether something is being dragged over the page. */
function usePageDrop(): boolean {
  const [depth, setDepth] = useState(0);
  useEffect(() => {
    const carries = (event: DragEvent) =>
      ["Files", "text/uri-list"].some((type) => event.dataTransfer?.types.includes(type));
    const enter = (event: DragEvent) => {
      if (!carries(event)) return;
      event.preventDefault();
      setDepth((before) => before + 1);
    };
    const over = (event: DragEvent) => {
      if (!carries(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    };
    const leave = (event: DragEvent) => {
      if (carries(event)) setDepth((before) => Math.max(0, before - 1));
    };
    const drop = (event: DragEvent) => {
      setDepth(0);
      if (!carries(event) || event.defaultPrevented) return;
      event.preventDefault();
      void takeIn(event.dataTransfer);
    };
    document.addEventListener("dragenter", enter);
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragenter", enter);
      document.removeEventListener("dragover", over);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
    };
  }, []);
  return depth > 0;
}

/** Files begin at once; links are shown first. */
async function takeIn(data: DataTransfer | null): Promise<void> {
  const files = [...(data?.files ?? [])];
  const links = parseLinks(data?.getData("text/uri-list") ?? "");
  if (files.length > 0) {
    const [{ addFiles }, { findsMoments }] = await Promise.all([import("./adding"), import("./preferences")]);
    const videos = files.filter((file) => isVideoName(file.name));
    addFiles(videos, findsMoments());
    const others = files.length - videos.length;
    if (others > 0) toast(others === 1 ? "One file is no video" : `${others} files are no videos`);
  } else if (links.length > 0) openAdd(links.join("\n"));
}

function usePagePaste(): void {
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const isTyping =
        event.target instanceof HTMLElement && event.target.closest("input, textarea, [contenteditable]");
      if (isTyping) return;
      const links = parseLinks(event.clipboardData?.getData("text") ?? "");
      if (links.length > 0) openAdd(links.join("\n"));
      else if (event.clipboardData?.files.length) void takeIn(event.clipboardData);
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, []);
}
