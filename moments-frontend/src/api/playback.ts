/** Playback copies: versions of a video that every browser can decode. */

import { client, forVideo, unwrap } from "./client";
import { invalidate } from "./query-client";
import { runQuery } from "./runs";
import { videoQuery } from "./videos";

/** Request a copy of the video; also retries after a failure. */
export async function requestCopy(videoId: string): Promise<void> {
  await unwrap(client.POST("/api/videos/{video_id}/playback", forVideo(videoId)));
  await Promise.all([
    invalidate(videoQuery(videoId).queryKey),
    invalidate(runQuery(videoId, "playback").queryKey),
  ]);
}
