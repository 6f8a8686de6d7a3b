import { navigate } from "wouter/use-browser-location";
import { transcribeVideo } from "@/api/runs";
import type { VideoSummary } from "@/api/schema";
import { RUNS_PATH } from "@/lib/routes";
import { toast, toastError } from "@/ui/Toasts";

/** Start a run that only transcribes, and report the result as a toast. */
export async function transcribe({ id, title }: Pick<VideoSummary, "id" | "title">): Promise<void> {
  try {
    const isStarted = await transcribeVideo(id);
    const action = { label: "View run", onPress: () => navigate(RUNS_PATH) };
    toast(isStarted ? `Transcribing ${title}` : `${title} already has a transcript`, { action });
  } catch (error) {
    toastError(`Could not transcribe ${title}`, error);
  }
}
