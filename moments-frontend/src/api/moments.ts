import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { client, forVideo, nextCursor, unwrap, unwrapWithResponse } from "./client";
import { nullIfMissing } from "./errors";
import { invalidate } from "./query-client";
import type { Clip, DeletedMoment, LibraryMoment, paths } from "./schema";

export type { DeletedMoment, LibraryMoment } from "./schema";

export type Moment =
  paths["/api/videos/{video_id}/moments"]["get"]["responses"][200]["content"]["application/json"][number];

type UpdateBody =
  paths["/api/videos/{video_id}/moments/{moment_id}"]["patch"]["requestBody"]["content"]["application/json"];
/** Omitted fields stay unchanged. */
export type MomentUpdate = Partial<UpdateBody>;

/** Query the moments, including refined ones; null if none were generated yet. */
export function momentsQuery(videoId: string) {
  return queryOptions({
    queryKey: ["moments", videoId],
    queryFn: ({ signal }): Promise<Moment[] | null> =>
      unwrap(client.GET("/api/videos/{video_id}/moments", { ...forVideo(videoId), signal })).catch(
        nullIfMissing,
      ),
  });
}

/** Query the clips that exist. */
export function clipsQuery(videoId: string) {
  return queryOptions({
    queryKey: ["clips", videoId],
    queryFn: ({ signal }): Promise<Clip[]> =>
      unwrap(client.GET("/api/videos/{video_id}/clips", { ...forVideo(videoId), signal })).catch(
        (error) => nullIfMissing(error) ?? [],
      ),
  });
}

/** Return the URL that makes browsers save the clip. */
export function clipDownloadUrl(videoId: string, clipId: string): string {
  return `/api/videos/${encodeURIComponent(videoId)}/clips/${clipId}?download=true`;
}

const forMoment = (videoId: string, momentId: string) => ({
  params: { path: { video_id: videoId, moment_id: momentId } },
});

export interface NewMoment {
  start_time: number;
  end_time: number;
  title: string;
}

/** Add a moment of the user's own and return it. */
export async function createMoment(videoId: string, moment: NewMoment): Promise<Moment> {
  return unwrap(client.POST("/api/videos/{video_id}/moments", { ...forVideo(videoId), body: moment }));
}

/** Update a moment and return it. New edges give it a new id. */
export async function updateMoment(videoId: string, momentId: string, change: MomentUpdate): Promise<Moment> {
  return unwrap(
    client.PATCH("/api/videos/{video_id}/moments/{moment_id}", {
      ...forMoment(videoId, momentId),
      body: change as UpdateBody,
    }),
  );
}

export async function deleteMoment(videoId: string, momentId: string): Promise<void> {
  await unwrap(client.DELETE("/api/videos/{video_id}/moments/{moment_id}", forMoment(videoId, momentId)));
}

/** Replace moments by one from the earliest start to the latest end, and return it. */
export async function mergeMoments(videoId: string, ids: readonly string[]): Promise<Moment> {
  const body = { moment_ids: [...ids] };
  return unwrap(client.POST("/api/videos/{video_id}/moments/merge", { ...forVideo(videoId), body }));
}

/** Replace a moment by its parts before and after a position, and return them. */
export async function splitMoment(videoId: string, momentId: string, at: number): Promise<Moment[]> {
  const options = { ...forMoment(videoId, momentId), body: { at } };
  return unwrap(client.POST("/api/videos/{video_id}/moments/{moment_id}/split", options));
}

/** Undo a trim, merge or split: delete what was made, and return the restored moments. */
export async function resetMoment(videoId: string, momentId: string): Promise<Moment[]> {
  return unwrap(
    client.POST("/api/videos/{video_id}/moments/{moment_id}/reset", forMoment(videoId, momentId)),
  );
}

/** Query the deleted moments that can be restored, the last deleted one first. */
export function deletedMomentsQuery(videoId: string) {
  return queryOptions({
    queryKey: ["moments", videoId, "deleted"],
    queryFn: ({ signal }): Promise<DeletedMoment[]> =>
      unwrap(client.GET("/api/videos/{video_id}/moments/deleted", { ...forVideo(videoId), signal })),
  });
}

/** Delete a moment and its clip for good. */
export async function purgeMoment(videoId: string, momentId: string): Promise<void> {
  const path = { video_id: videoId, moment_id: momentId };
  const params = { path, query: { permanent: true } };
  await unwrap(client.DELETE("/api/videos/{video_id}/moments/{moment_id}", { params }));
}

/** Delete all deleted moments of a video for good. */
export async function purgeDeletedMoments(videoId: string): Promise<void> {
  await unwrap(client.DELETE("/api/videos/{video_id}/moments/deleted", forVideo(videoId)));
}

/** Restore a deleted moment with its clip. */
export async function restoreMoment(videoId: string, momentId: string): Promise<Moment> {
  return unwrap(
    client.POST("/api/videos/{video_id}/moments/{moment_id}/restore", forMoment(videoId, momentId)),
  );
}

/** Refetch the video's moments and clips, and the list of all moments. */
export async function refreshMoments(videoId: string): Promise<void> {
  await Promise.all([
    invalidate(["moments", videoId]),
    invalidate(["clips", videoId]),
    invalidate(["moments-of-library"]),
  ]);
}

type ListQuery = NonNullable<paths["/api/moments"]["get"]["parameters"]["query"]>;

/** Filters and sort order of the list of all moments, without pagination. */
export type MomentQuery = Omit<ListQuery, "limit" | "cursor" | "count">;

export interface MomentPage {
  moments: LibraryMoment[];
  /** Number of moments on all pages. */
  total: number;
  next: string | null;
}

export const PAGE_SIZE = 60;

/** Query the moments of all videos, page by page. */
export function libraryMomentsQuery(filter: MomentQuery) {
  return infiniteQueryOptions({
    queryKey: ["moments-of-library", filter],
    queryFn: async ({ pageParam, signal }): Promise<MomentPage> => {
      const query: ListQuery = { ...filter, limit: PAGE_SIZE, count: true };
      if (pageParam !== null) query.cursor = pageParam;
      const [moments, response] = await unwrapWithResponse(
        client.GET("/api/moments", { params: { query }, signal }),
      );
      return {
        moments,
        total: Number(response.headers.get("x-total-count")),
        next: nextCursor(response.headers.get("link")),
      };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** Query the name and the abilities of the engine that finds moments. */
export function engineQuery() {
  return queryOptions({
    queryKey: ["engine"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/engine", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
