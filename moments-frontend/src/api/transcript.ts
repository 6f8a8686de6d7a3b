import { queryOptions } from "@tanstack/react-query";
import { client, forVideo, unwrap } from "./client";
import { nullIfMissing } from "./errors";
import { refreshMoments } from "./moments";
import { invalidate, queryClient } from "./query-client";
import type { paths, TranscriptChanged, TranscriptRead } from "./schema";

/** Query the transcript; null if there is none yet. */
export function transcriptQuery(videoId: string) {
  return queryOptions({
    queryKey: ["transcript", videoId],
    queryFn: ({ signal }): Promise<TranscriptRead | null> =>
      unwrap(client.GET("/api/videos/{video_id}/transcript", { ...forVideo(videoId), signal })).catch(
        nullIfMissing,
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export type ExportFormat = "vtt" | "srt" | "txt" | "json";

/** Return the URL of the transcript as a file: captions, text, or JSON that can be imported again. */
export function transcriptUrl(videoId: string, format: ExportFormat): string {
  return `/api/videos/${encodeURIComponent(videoId)}/transcript.${format}`;
}

/** Return the URL of the captions, which changes with the text, so that players load them again. */
export function captionsUrl(videoId: string, transcript: TranscriptRead): string {
  return `${transcriptUrl(videoId, "vtt")}?v=${contentHash(transcript)}`;
}

/** Return a hash of the captions' texts and times (FNV-1a, 32 bits). */
function contentHash({ language, segment_timestamps: segments }: TranscriptRead): string {
  let hash = 0x811c9dc5;
  const add = (text: string) => {
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  };
  add(language);
  for (const { start, text } of segments) add(`${start} ${text}\n`);
  return (hash >>> 0).toString(36);
}

type Patch =
  paths["/api/videos/{video_id}/transcript"]["patch"]["requestBody"]["content"]["application/json"];
export type Correction = NonNullable<Patch["segments"]>[number];
export type Replacement = NonNullable<Patch["replace"]>;

/** Correct segments, by their index. Fails with `transcript-changed` if one has another text than `before`. */
export async function correctSegments(videoId: string, segments: Correction[]): Promise<TranscriptChanged> {
  return patch(videoId, { segments });
}

export async function replaceText(videoId: string, replace: Replacement): Promise<TranscriptChanged> {
  return patch(videoId, { replace });
}

async function patch(videoId: string, body: Patch): Promise<TranscriptChanged> {
  return cached(
    videoId,
    await unwrap(client.PATCH("/api/videos/{video_id}/transcript", { ...forVideo(videoId), body })),
  );
}

/** Media types of the files that can be imported, by extension. */
export const IMPORT_TYPES: Readonly<Record<string, string>> = {
  ".vtt": "text/vtt",
  ".srt": "application/x-subrip",
  ".txt": "text/plain",
  ".json": "application/json",
};

/** Replace the transcript by a file; its language is detected. */
export async function importTranscript(videoId: string, file: File): Promise<TranscriptChanged> {
  const extension = /\.[^.]*$/.exec(file.name.toLowerCase())?.[0] ?? "";
  const changed = await unwrap(
    client.PUT("/api/videos/{video_id}/transcript", {
      ...forVideo(videoId),
      // The document describes JSON only; other types are sent as they are.
      body: file as never,
      bodySerializer: (body: unknown) => body as File,
      headers: { "Content-Type": IMPORT_TYPES[extension] ?? "application/octet-stream" },
    }),
  );
  return cached(videoId, changed);
}

/** Discard all corrections, or an import. */
export async function resetTranscript(videoId: string): Promise<void> {
  await unwrap(client.DELETE("/api/videos/{video_id}/transcript", forVideo(videoId)));
  void refreshMoments(videoId);
  await invalidate(transcriptQuery(videoId).queryKey);
}

/** Undo the last change. Fails with `nothing-to-undo` if there is none. */
export async function undoTranscriptChange(videoId: string): Promise<void> {
  const changed = await unwrap(client.POST("/api/videos/{video_id}/transcript/undo", forVideo(videoId)));
  cached(videoId, changed ?? null);
}

/** Cache the transcript after a change, and refetch the moments, whose quotes may have changed. */
function cached<Changed extends TranscriptChanged | null>(videoId: string, changed: Changed): Changed {
  queryClient.setQueryData(transcriptQuery(videoId).queryKey, changed);
  void refreshMoments(videoId);
  return changed;
}
