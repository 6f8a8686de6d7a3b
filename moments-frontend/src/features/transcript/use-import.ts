import { type DragEvent, useState } from "react";
import { IMPORT_TYPES, importTranscript } from "@/api/transcript";
import { t } from "@/i18n";
import { pickFile } from "@/ui/pick-file";
import { toast, toastError } from "@/ui/Toasts";
import { undoChange } from "./undo";

/** Import a transcript, and offer to undo it. Errors name the line of the file. */
async function importFile(videoId: string, file: File): Promise<void> {
  try {
    await importTranscript(videoId, file);
    const action = { label: t("common.undo"), onPress: () => void undoChange(videoId) };
    toast(t("transcript.transcriptImportedFromName", { name: file.name }), { action });
  } catch (error) {
    toastError(t("transcript.couldNotImportName", { name: file.name }), error);
  }
}

/** Ask for a file and import it. */
export async function pickImport(videoId: string): Promise<void> {
  const file = await pickFile(Object.keys(IMPORT_TYPES));
  if (file) await importFile(videoId, file);
}

/** Import transcripts that are dropped on an element; other files are left to the page. */
export function useDropImport(videoId: string) {
  const [depth, setDepth] = useState(0);
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer.types.includes("Files");
  return {
    isDragging: depth > 0,
    handlers: {
      onDragEnter: (event: DragEvent) => hasFiles(event) && setDepth((before) => before + 1),
      onDragLeave: (event: DragEvent) => hasFiles(event) && setDepth((before) => Math.max(0, before - 1)),
      onDrop: (event: DragEvent) => {
        setDepth(0);
        const file = [...event.dataTransfer.files].find(({ name }) => isTranscriptName(name));
        if (!file) return;
        event.preventDefault();
        void importFile(videoId, file);
      },
    },
  };
}

function isTranscriptName(name: string): boolean {
  return Object.keys(IMPORT_TYPES).some((extension) => name.toLowerCase().endsWith(extension));
}
