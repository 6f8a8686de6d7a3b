import type { VideoSummary } from "@/api/schema";
import { restoreVideo, trashVideo } from "@/api/videos";
import { t } from "@/i18n";
import { toast, toastError } from "@/ui/Toasts";

/** Move a video to the trash, and offer to undo that. */
export async function moveToTrash(
  { id, title }: Pick<VideoSummary, "id" | "title">,
  onDeleted: () => void = () => undefined,
): Promise<void> {
  try {
    await trashVideo(id);
  } catch (error) {
    toastError(t("video.trashFailed", { title }), error);
    return;
  }
  onDeleted();
  const onPress = () =>
    void restoreVideo(id).then(
      () => toast(t("video.restored", { title })),
      (error: unknown) => toastError(t("video.restoreFailed", { title }), error),
    );
  toast(t("video.trashed", { title }), { action: { label: t("common.undo"), onPress } });
}
