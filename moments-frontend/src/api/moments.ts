import { queryOptions } from "@tanstack/react-query";
import { client, dataOf } from "./client";
import { readAnew } from "./query-client";
import type { Clip, MarkedMoment, paths } from "./schema";
import { nullWhereNotMade } from "./transcript";

type ChangeBody =
  paths["/api/videos/{video_id}/moments/{moment_id}"]["patch"]["requestBody"]["content"]["application/json"];
/** What is left out stays as it is. */
export type MomentChange = Partial<ChangeBody>;

/** The moments as the API has them, refined ones among them; null when nobody looked for any yet. */
export function momentsQuery(videoId: string) {
  return queryOptions({
    queryKey: ["moments", videoId],
    queryFn: ({ signal }): Promise<MarkedMoment[] | null> =>
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

/** A clip's film, for browsers to save. */
export function clipDownloadUrl(videoId: string, clipId: string): string {
  return `/api/videos/${encodeURIComponent(videoId)}/clips/${clipId}?download=true`;
}

const pathOf = (videoId: string, momentId: string) => ({ path: { video_id: videoId, moment_id: momentId } });

/** The moment as it is then. New edges make another moment of it, with an id of its own. */
export async function changeMoment(
  videoId: string,
  momentId: string,
  change: MomentChange,
): Promise<MarkedMoment> {
  return dataOf(
    client.PATCH("/api/videos/{video_id}/moments/{moment_id}", {
      params: pathOf(videoId, momentId),
      body: change as ChangeBody,
    }),
  );
}

export async function deleteMoment(videoId: string, momentId: string): Promise<void> {
  await dataOf(
    client.DELETE("/api/videos/{video_id}/moments/{moment_id}", { params: pathOf(videoId, momentId) }),
  );
}

/** Take a deletion back. Its clip went with it, and is cut by the next run. */
export async function restoreMoment(videoId: string, momentId: string): Promise<void> {
  await dataOf(
    client.POST("/api/videos/{video_id}/moments/{moment_id}/restore", { params: pathOf(videoId, momentId) }),
  );
}

/** After a run, or a change of the user's. */
export async function refreshMoments(videoId: string): Promise<void> {
  await Promise.all([readAnew(["moments", videoId]), readAnew(["clips", videoId])]);
}
