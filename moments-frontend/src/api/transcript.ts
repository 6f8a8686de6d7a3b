import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import { ApiError } from "./errors";
import type { Transcript } from "./schema";

/** What is said; null when nothing was written down yet. */
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

/** Captions as a file: WebVTT for browsers, SubRip for players and editors. */
export function captionsUrl(videoId: string, kind: "vtt" | "srt"): string {
  return `/api/videos/${encodeURIComponent(videoId)}/transcript.${kind}`;
}

/** Not made yet is an answer, not an error. */
export function nullIfMissing(error: unknown): null {
  if (error instanceof ApiError && error.kind === "not-made-yet") return null;
  throw error;
}
