/** Thumbnails chosen by the user. */

import { createStore, useStore } from "@/lib/store";
import { client, forVideo, unwrap } from "./client";
import type { Thumbnail } from "./schema";

/** Pictures that the API accepts. */
export const PICTURE_TYPES = ["image/jpeg", "image/png", "image/webp"];

/** URLs of the thumbnails changed on this page, by video id.
 *
 * Browsers keep the picture of a URL while a page is open, so a new picture needs a new URL. */
const changed = createStore<ReadonlyMap<string, string>>(new Map());

function setUrl(videoId: string, url: string): void {
  changed.set(new Map(changed.get()).set(videoId, url));
}

/** Return the URL of a video's current thumbnail; `url` is the one that the API stated. */
export function useThumbnailUrl(videoId: string, url = thumbnailUrl(videoId)): string {
  return useStore(changed, (urls) => urls.get(videoId)) ?? url;
}

function thumbnailUrl(videoId: string): string {
  return `/api/videos/${encodeURIComponent(videoId)}/thumbnail`;
}

/** Use the frame at a time as the thumbnail. */
export async function chooseFrame(videoId: string, seconds: number): Promise<void> {
  await putThumbnail(videoId, JSON.stringify({ at_seconds: seconds }), "application/json");
}

/** Use a picture as the thumbnail. */
export async function uploadPicture(videoId: string, picture: File): Promise<void> {
  await putThumbnail(videoId, picture, picture.type);
}

async function putThumbnail(videoId: string, body: BodyInit, type: string): Promise<void> {
  const request = client.PUT("/api/videos/{video_id}/thumbnail", {
    ...forVideo(videoId),
    body: body as never, // the schema describes the JSON form only
    bodySerializer: () => body,
    headers: { "content-type": type },
  });
  const thumbnail: Thumbnail = await unwrap(request);
  setUrl(videoId, thumbnail.thumbnail_url);
}

/** Restore the thumbnail of the site, or the automatic one. */
export async function resetThumbnail(videoId: string): Promise<void> {
  await unwrap(client.DELETE("/api/videos/{video_id}/thumbnail", forVideo(videoId)));
  setUrl(videoId, `${thumbnailUrl(videoId)}?v=${Date.now()}`);
}
