import { queryOptions } from "@tanstack/react-query";
import { client, forVideo, unwrapWithResponse } from "./client";
import { ApiError } from "./errors";
import { queryClient } from "./query-client";
import type { ChapterRead, ChapterUpdate } from "./schema";

export type Chapter = ChapterRead;

/** The chapters of a video, and their version for changes. */
export interface ChapterList {
  chapters: readonly Chapter[];
  etag: string | null;
}

/** Title and start of a chapter; `end_time` null: up to the next one or the end of the video. */
export type ChapterDraft = Pick<ChapterUpdate, "start_time" | "title"> & { end_time: number | null };

const NONE: ChapterList = { chapters: [], etag: null };

/** Query the chapters; a local file that is not in the library has none. */
export function chaptersQuery(videoId: string) {
  return queryOptions({
    queryKey: ["chapters", videoId],
    queryFn: async ({ signal }): Promise<ChapterList> => {
      const request = client.GET("/api/videos/{video_id}/chapters", { ...forVideo(videoId), signal });
      try {
        return toList(await unwrapWithResponse(request));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return NONE;
        throw error;
      }
    },
  });
}

/** Return the URL of the chapters as WebVTT, which changes with them, so that players load them again. */
export function chaptersUrl(videoId: string, { etag }: ChapterList): string {
  return `/api/videos/${encodeURIComponent(videoId)}/chapters.vtt?v=${encodeURIComponent(etag ?? "")}`;
}

/** Replace the chapters. Fails with `chapters-changed` if they have another version than `etag`. */
export async function saveChapters(
  videoId: string,
  chapters: readonly ChapterDraft[],
  etag: string | null,
): Promise<ChapterList> {
  const body = chapters.map(({ start_time, end_time, title }) => ({ start_time, end_time, title }));
  const options = { ...forVideo(videoId), ...ifMatch(etag), body };
  return cached(videoId, await unwrapWithResponse(client.PUT("/api/videos/{video_id}/chapters", options)));
}

/** Discard the user's chapters; fails like `saveChapters`. */
export async function resetChapters(videoId: string, etag: string | null): Promise<ChapterList> {
  const options = { ...forVideo(videoId), ...ifMatch(etag) };
  return cached(videoId, await unwrapWithResponse(client.DELETE("/api/videos/{video_id}/chapters", options)));
}

const ifMatch = (etag: string | null) => (etag === null ? {} : { headers: { "If-Match": etag } });

function toList([chapters, response]: [readonly Chapter[], Response]): ChapterList {
  return { chapters, etag: response.headers.get("etag") };
}

function cached(videoId: string, result: [readonly Chapter[], Response]): ChapterList {
  const list = toList(result);
  queryClient.setQueryData(chaptersQuery(videoId).queryKey, list);
  return list;
}
