import { queryOptions } from "@tanstack/react-query";
import { client, forVideo, unwrap } from "./client";
import { nullIfMissing } from "./errors";
import type { Transcript } from "./schema";

/** Query the transcript; null if there is none yet. */
export function transcriptQuery(videoId: string) {
  return queryOptions({
    queryKey: ["transcript", videoId],
    queryFn: ({ signal }): Promise<Transcript | null> =>
      unwrap(client.GET("/api/videos/{video_id}/transcript", { ...forVideo(videoId), signal })).catch(
        nullIfMissing,
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Return the URL of the captions: WebVTT for browsers, SubRip for players and editors. */
export function captionsUrl(videoId: string, kind: "vtt" | "srt"): string {
  return `/api/videos/${encodeURIComponent(videoId)}/transcript.${kind}`;
}
