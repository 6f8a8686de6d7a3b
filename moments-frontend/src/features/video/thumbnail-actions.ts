import { chooseFrame, PICTURE_TYPES, resetThumbnail, uploadPicture } from "@/api/thumbnails";
import { pickFile } from "@/ui/pick-file";
import { toast, toastError } from "@/ui/Toasts";

const FAILURE = "Could not change the thumbnail";

async function change(action: Promise<void>, success: string): Promise<void> {
  try {
    await action;
    toast(success);
  } catch (error) {
    toastError(FAILURE, error);
  }
}

export function setFrameAsThumbnail(videoId: string, seconds: number): Promise<void> {
  return change(chooseFrame(videoId, seconds), "Thumbnail changed");
}

export async function uploadThumbnail(videoId: string): Promise<void> {
  const picture = await pickFile(PICTURE_TYPES);
  if (picture) await change(uploadPicture(videoId, picture), "Thumbnail changed");
}

export function restoreThumbnail(videoId: string): Promise<void> {
  return change(resetThumbnail(videoId), "Thumbnail reset");
}
