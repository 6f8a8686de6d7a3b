import { queryOptions } from "@tanstack/react-query";
import { client, forVideo, unwrap } from "./client";
import { nullIfMissing } from "./errors";
import { invalidate } from "./query-client";
import type { Clip, paths } from "./schema";

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

/** Restore a deleted moment. The next run cuts its clip again. */
export async function restoreMoment(videoId: string, momentId: string): Promise<void> {
  await unwrap(
    client.POST("/api/videos/{video_id}/moments/{moment_id}/restore", forMoment(videoId, momentId)),
  );
}

/** Refetch the video's moments and clips. */
export async function refreshMoments(videoId: string): Promise<void> {
  await Promise.all([invalidate(["moments", videoId]), invalidate(["clips", videoId])]);
}
