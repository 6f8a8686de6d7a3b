import { navigate } from "wouter/use-browser-location";
import { transcribeVideo } from "@/api/runs";
import type { VideoSummary } from "@/api/schema";
import { t } from "@/i18n";
import { RUNS_PATH } from "@/lib/routes";
import { toast, toastError } from "@/ui/Toasts";

/** Start a run that only transcribes, again if the video has a transcript, and report the result as a toast. */
export async function transcribe(
  video: Pick<VideoSummary, "id" | "title" | "has_transcript">,
): Promise<void> {
  const { id, title, has_transcript: isAgain } = video;
  try {
    await transcribeVideo(id, { regenerate: isAgain });
    const action = { label: t("video.viewRun"), onPress: () => navigate(RUNS_PATH) };
    toast(t(isAgain ? "video.transcribingAgain" : "video.transcribing", { title }), { action });
  } catch (error) {
    toastError(t("video.transcribeFailed", { title }), error);
  }
}
