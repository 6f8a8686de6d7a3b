/** Videos of the library. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { client, forVideo, nextCursor, unwrap, unwrapWithResponse } from "./client";
import { invalidate, queryClient } from "./query-client";
import type { paths, VideoDetail, VideoSummary } from "./schema";

type ListQuery = NonNullable<paths["/api/videos"]["get"]["parameters"]["query"]>;

/** Search, sort order and filters, without pagination. */
export type VideoQuery = Pick<
  ListQuery,
  | "q"
  | "sort"
  | "order"
  | "min_duration"
  | "max_duration"
  | "quality"
  | "has_transcript"
  | "source"
  | "channel"
  | "folder"
  | "recorded_from"
  | "recorded_to"
  | "added_from"
  | "added_to"
  | "tag"
  | "favorite"
  | "language"
  | "has_speech"
  | "watched"
  | "location"
  | "state"
>;

export interface VideoPage {
  videos: VideoSummary[];
  /** Number of videos on all pages. */
  total: number;
  next: string | null;
}

export const PAGE_SIZE = 60;

export function videosQuery(filter: VideoQuery) {
  return infiniteQueryOptions({
    queryKey: ["videos", "list", filter],
    queryFn: async ({ pageParam, signal }): Promise<VideoPage> => {
      const query: ListQuery = { ...filter, limit: PAGE_SIZE, details: true, count: true };
      if (pageParam !== null) query.cursor = pageParam;
      const [videos, response] = await unwrapWithResponse(
        client.GET("/api/videos", { params: { query }, signal }),
      );
      return {
        videos: videos as VideoSummary[],
        total: Number(response.headers.get("x-total-count")),
        next: nextCursor(response.headers.get("link")),
      };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** Videos in the row of those that were left before their end. */
const MAX_STARTED = 12;

export function continueWatchingQuery() {
  return queryOptions({
    queryKey: ["videos", "started"],
    queryFn: async ({ signal }) => {
      const query: ListQuery = {
        watched: "in_progress",
        sort: "last_watched_at",
        order: "desc",
        limit: MAX_STARTED,
        details: true,
      };
      return (await unwrap(client.GET("/api/videos", { params: { query }, signal }))) as VideoSummary[];
    },
  });
}

const COPY_POLL_MS = 2_000;

export function videoQuery(id: string) {
  return queryOptions({
    queryKey: ["videos", "one", id],
    queryFn: ({ signal }) => unwrap(client.GET("/api/videos/{video_id}", { ...forVideo(id), signal })),
    refetchInterval: ({ state }) => (state.data && isCopyPending(state.data.playback) ? COPY_POLL_MS : false),
  });
}

/** Report whether a playback copy is queued or being made. */
export function isCopyPending({ source, state }: VideoDetail["playback"]): boolean {
  return source === "copy" && (state === "queued" || state === "processing");
}

/** Query the channels, folders, tags and languages of all videos. */
export function facetsQuery() {
  return queryOptions({
    queryKey: ["videos", "facets"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/facets", { signal })),
  });
}

/** Refetch the displayed lists and videos. */
export function refreshVideos(): Promise<void> {
  return invalidate(["videos"]);
}

export async function renameVideo(id: string, title: string | null): Promise<void> {
  await unwrap(client.PATCH("/api/videos/{video_id}", { ...forVideo(id), body: { title } }));
  await refreshVideos();
}

/** Set the spoken language for the next transcription; null detects it. */
export async function setLanguage(id: string, language: string | null): Promise<void> {
  await unwrap(client.PATCH("/api/videos/{video_id}", { ...forVideo(id), body: { language } }));
  await refreshVideos();
}

/** Move a video to the trash. */
export async function trashVideo(id: string): Promise<void> {
  await unwrap(client.DELETE("/api/videos/{video_id}", forVideo(id)));
  queryClient.removeQueries({ queryKey: ["videos", "one", id] });
  await refreshVideos();
}

/** Take a video out of the trash. */
export async function restoreVideo(id: string): Promise<void> {
  await unwrap(client.POST("/api/trash/{video_id}/restore", forVideo(id)));
  await refreshVideos();
}

/** Return the URL of the video file, which may redirect to Cloud Storage. */
export function streamUrl(id: string): string {
  return `/api/videos/${encodeURIComponent(id)}/stream`;
}

/** Return the URL that makes browsers save the file. */
export function downloadUrl(id: string): string {
  return `${streamUrl(id)}?download=true`;
}
