import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import { ApiError } from "./errors";
import type { Transcript } from "./schema";

/** Query the transcript; null if there is none yet. */
export function transcriptQuery(videoId: string) {
  return queryOptions({
    queryKey: ["transcript", videoId],
    queryFn: ({ signal }): Promise<Transcript | null> =>
      unwrap(
        client.GET("/api/videos/{video_id}/transcript", { params: { path: { video_id: videoId } }, signal }),
      ).catch(nullIfMissing),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Return the URL of the captions: WebVTT for browsers, SubRip for players and editors. */
export function captionsUrl(videoId: string, kind: "vtt" | "srt"): string {
  return `/api/videos/${encodeURIComponent(videoId)}/transcript.${kind}`;
}

/** Return null for the error of a result that does not exist yet; throw others. */
export function nullIfMissing(error: unknown): null {
  if (error instanceof ApiError && error.kind === "not-made-yet") return null;
  throw error;
}
