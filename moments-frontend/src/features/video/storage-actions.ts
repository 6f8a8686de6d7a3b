import type { VideoSummary } from "@/api/schema";
import { fetchVideo, offloadVideo } from "@/api/storage";
import { t } from "@/i18n";
import { formatBytes } from "@/lib/format";
import { toast, toastError } from "@/ui/Toasts";

type Target = Pick<VideoSummary, "id" | "title">;

/** Remove the local original of a video whose stored one is equal, and report the freed bytes. */
export async function freeSpace({ id, title }: Target): Promise<void> {
  toast(t("video.comparing", { title }));
  try {
    const { freed_bytes: freed, changed } = await offloadVideo(id);
    toast(
      changed ? t("video.freed", { size: formatBytes(freed), title }) : t("video.nothingFreed", { title }),
    );
  } catch (error) {
    toastError(t("video.freeFailed", { title }), error);
  }
}

/** Copy the stored original back to the local folder. */
export async function bringBack({ id, title }: Target): Promise<void> {
  toast(t("video.bringingBack", { title }));
  try {
    await fetchVideo(id);
    toast(t("video.broughtBack", { title }));
  } catch (error) {
    toastError(t("video.bringBackFailed", { title }), error);
  }
}
