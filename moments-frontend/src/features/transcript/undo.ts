import { ApiError } from "@/api/errors";
import { undoTranscriptChange } from "@/api/transcript";
import { toast, toastError } from "@/ui/Toasts";

/** Undo the last change of the transcript, and report the result as a toast. */
export async function undoChange(videoId: string): Promise<void> {
  try {
    await undoTranscriptChange(videoId);
    toast("Change undone");
  } catch (error) {
    if (error instanceof ApiError && error.kind === "nothing-to-undo") toast("Nothing to undo");
    else toastError("Could not undo", error);
  }
}
