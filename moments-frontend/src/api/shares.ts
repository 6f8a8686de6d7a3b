/** Links for visitors without a key. */

import { queryOptions } from "@tanstack/react-query";
import { client, forVideo, unwrap } from "./client";
import { invalidate } from "./query-client";
import type { paths, ShareCreated, ShareRead } from "./schema";

export type Share = ShareRead;
export type ShareRequest = Partial<
  paths["/api/videos/{video_id}/shares"]["post"]["requestBody"]["content"]["application/json"]
>;

/** Query the links of a video, or of all videos. */
export function sharesQuery(videoId: string | null) {
  return queryOptions({
    queryKey: ["shares", videoId],
    queryFn: ({ signal }): Promise<Share[]> =>
      videoId === null
        ? unwrap(client.GET("/api/shares", { signal }))
        : unwrap(client.GET("/api/videos/{video_id}/shares", { ...forVideo(videoId), signal })),
  });
}

/** Create a link. Only the result contains its address. */
export async function createShare(videoId: string, request: ShareRequest): Promise<ShareCreated> {
  const created = await unwrap(
    // Omitted fields have the API's defaults.
    client.POST("/api/videos/{video_id}/shares", { ...forVideo(videoId), body: request as never }),
  );
  void invalidate(["shares"]);
  return created;
}

export async function revokeShare(id: string): Promise<void> {
  await unwrap(client.DELETE("/api/shares/{share_id}", { params: { path: { share_id: id } } }));
  await invalidate(["shares"]);
}
