import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import { invalidate } from "./query-client";
import type { Clip, paths } from "./schema";
import { nullIfMissing } from "./transcript";

export type Moment =
  paths["/api/videos/{video_id}/moments"]["get"]["responses"][200]["content"]["application/json"][number];

type UpdateBody =
  paths["/api/videos/{video_id}/moments/{moment_id}"]["patch"]["requestBody"]["content"]["application/json"];
/** What is left out stays as it is. */
export type MomentUpdate = Partial<UpdateBody>;

/** The moments as the API has them, refined ones among them; null when nobody looked for any yet. */
export function momentsQuery(videoId: string) {
  return queryOptions({
    queryKey: ["moments", videoId],
    queryFn: ({ signal }): Promise<Moment[] | null> =>
      unwrap(
        client.GET("/api/videos/{video_id}/moments", { params: { path: { video_id: videoId } }, signal }),
      ).catch(nullIfMissing),
  });
}

/** The clips that are there; none where none was cut. */
export function clipsQuery(videoId: string) {
  return queryOptions({
    queryKey: ["clips", videoId],
    queryFn: ({ signal }): Promise<Clip[]> =>
      unwrap(
        client.GET("/api/videos/{video_id}/clips", { params: { path: { video_id: videoId } }, signal }),
      ).catch((error) => nullIfMissing(error) ?? []),
  });
}

/** A clip's film, for browsers to save. */
export function clipDownloadUrl(videoId: string, clipId: string): string {
  return `/api/videos/${encodeURIComponent(videoId)}/clips/${clipId}?download=true`;
}

const pathParams = (videoId: string, momentId: string) => ({
  path: { video_id: videoId, moment_id: momentId },
});

/** The moment as it is then. New edges make another moment of it, with an id of its own. */
export async function updateMoment(videoId: string, momentId: string, change: MomentUpdate): Promise<Moment> {
  return unwrap(
    client.PATCH("/api/videos/{video_id}/moments/{moment_id}", {
      params: pathParams(videoId, momentId),
      body: change as UpdateBody,
    }),
  );
}

export async function deleteMoment(videoId: string, momentId: string): Promise<void> {
  await unwrap(
    client.DELETE("/api/videos/{video_id}/moments/{moment_id}", { params: pathParams(videoId, momentId) }),
  );
}

/** Take a deletion back. Its clip went with it, and is cut by the next run. */
export async function restoreMoment(videoId: string, momentId: string): Promise<void> {
  await unwrap(
    client.POST("/api/videos/{video_id}/moments/{moment_id}/restore", {
      params: pathParams(videoId, momentId),
    }),
  );
}

/** After a run, or a change of the user's. */
export async function refreshMoments(videoId: string): Promise<void> {
  await Promise.all([invalidate(["moments", videoId]), invalidate(["clips", videoId])]);
}
