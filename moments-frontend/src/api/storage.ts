/** Storage use, and moves of originals between disk and bucket. */

import { queryOptions } from "@tanstack/react-query";
import { client, forVideo, unwrap } from "./client";
import type { TransferResult } from "./schema";
import { refreshVideos } from "./videos";

/** Query version, storage and health of the installation. */
export function systemQuery() {
  return queryOptions({
    queryKey: ["system"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/system", { signal })),
    staleTime: 60_000,
  });
}

/** Remove the local original, after the server has proven that the stored one equals it. */
export async function offloadVideo(id: string): Promise<TransferResult> {
  const result = await unwrap(client.POST("/api/videos/{video_id}/offload", forVideo(id)));
  await refreshVideos();
  return result;
}

/** Copy the stored original to the local folder. */
export async function fetchVideo(id: string): Promise<TransferResult> {
  const result = await unwrap(client.POST("/api/videos/{video_id}/fetch", forVideo(id)));
  await refreshVideos();
  return result;
}
