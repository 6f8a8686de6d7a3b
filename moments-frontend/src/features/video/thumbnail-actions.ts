import { chooseFrame, PICTURE_TYPES, resetThumbnail, uploadPicture } from "@/api/thumbnails";
import { type TextKey, t } from "@/i18n";
import { pickFile } from "@/ui/pick-file";
import { toast, toastError } from "@/ui/Toasts";

async function change(action: Promise<void>, success: TextKey): Promise<void> {
  try {
    await action;
    toast(t(success));
  } catch (error) {
    toastError(t("video.thumbnailFailed"), error);
  }
}

export function setFrameAsThumbnail(videoId: string, seconds: number): Promise<void> {
  return change(chooseFrame(videoId, seconds), "video.thumbnailChanged");
}

export async function uploadThumbnail(videoId: string): Promise<void> {
  const picture = await pickFile(PICTURE_TYPES);
  if (picture) await change(uploadPicture(videoId, picture), "video.thumbnailChanged");
}

export function restoreThumbnail(videoId: string): Promise<void> {
  return change(resetThumbnail(videoId), "video.thumbnailReset");
}
