import { queryOptions } from "@tanstack/react-query";
import { client, dataOf } from "./client";
import { queryClient } from "./query-client";
import type { Clip, Moment, paths } from "./schema";
import { nullWhereNotMade } from "./transcript";

export type MomentChange =
  paths["/api/videos/{video_id}/moments/{moment_id}"]["patch"]["requestBody"]["content"]["application/json"];

/** The moments as the API has them, refined ones among them; null when nobody looked for any yet. */
export function momentsQuery(videoId: string) {
  return queryOptions({
    queryKey: ["moments", videoId],
    queryFn: ({ signal }): Promise<Moment[] | null> =>
      dataOf(
        client.GET("/api/videos/{video_id}/moments", { params: { path: { video_id: videoId } }, signal }),
      ).catch(nullWhereNotMade),
  });
}

/** The clips that are there; none where none was cut. */
export function clipsQuery(videoId: string) {
  return queryOptions({
    queryKey: ["clips", videoId],
    queryFn: ({ signal }): Promise<Clip[]> =>
      dataOf(
        client.GET("/api/videos/{video_id}/clips", { params: { path: { video_id: videoId } }, signal }),
      ).catch((error) => nullWhereNotMade(error) ?? []),
  });
}

const pathOf = (videoId: string, momentId: string) => ({ path: { video_id: videoId, moment_id: momentId } });

/** The moment as it is then. New edges make another moment of it, with an id of its own. */
export async function changeMoment(videoId: string, momentId: string, change: MomentChange): Promise<Moment> {
  const moment = await dataOf(
    client.PATCH("/api/videos/{video_id}/moments/{moment_id}", {
      params: pathOf(videoId, momentId),
      body: change,
    }),
  );
  await refreshMoments(videoId);
  return moment;
}

export async function deleteMoment(videoId: string, momentId: string): Promise<void> {
  await dataOf(
    client.DELETE("/api/videos/{video_id}/moments/{moment_id}", { params: pathOf(videoId, momentId) }),
  );
  await refreshMoments(videoId);
}

export async function restoreMoment(videoId: string, momentId: string): Promise<void> {
  await dataOf(
    client.POST("/api/videos/{video_id}/moments/{moment_id}/restore", { params: pathOf(videoId, momentId) }),
  );
  await refreshMoments(videoId);
}

/** After a run, or a change of the user's. */
export async function refreshMoments(videoId: string): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: ["moments", videoId] }),
    queryClient.invalidateQueries({ queryKey: ["clips", videoId] }),
  ]);
}
