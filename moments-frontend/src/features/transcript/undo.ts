import { ApiError } from "@/api/errors";
import { undoTranscriptChange } from "@/api/transcript";
import { t } from "@/i18n";
import { toast, toastError } from "@/ui/Toasts";

/** Undo the last change of the transcript, and report the result as a toast. */
export async function undoChange(videoId: string): Promise<void> {
  try {
    await undoTranscriptChange(videoId);
    toast(t("transcript.changeUndone"));
  } catch (error) {
    if (error instanceof ApiError && error.kind === "nothing-to-undo") toast(t("transcript.nothingToUndo"));
    else toastError(t("transcript.couldNotUndo"), error);
  }
}
