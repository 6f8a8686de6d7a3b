/** Videos with the same content, or with the same pictures. */

import { queryOptions } from "@tanstack/react-query";
import { startBulk } from "./bulk";
import { client, unwrap } from "./client";
import type { DuplicateGroup, DuplicateMerged } from "./schema";
import { refreshVideos } from "./videos";

export function duplicatesQuery() {
  return queryOptions({
    queryKey: ["videos", "duplicates"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/duplicates", { signal })),
  });
}

/** Return what identifies a group while the page is open. */
export function groupKey({ videos }: DuplicateGroup): string {
  return videos.map(({ id }) => id).join("\n");
}

/** Add what is known of some videos to the one that is kept, and move them to the trash. */
export async function mergeDuplicates(keep: string, remove: string[]): Promise<DuplicateMerged> {
  const merged = await unwrap(client.POST("/api/duplicates/merge", { body: { keep, remove } }));
  await refreshVideos();
  return merged;
}

/** Take merged videos out of the trash. The one that was kept keeps what it got from them. */
export async function undoMerge({ trashed }: DuplicateMerged): Promise<void> {
  await startBulk({ ids: trashed }, "restore");
  await refreshVideos();
}

/** Mark videos as different. */
export async function dismissDuplicates(ids: string[]): Promise<void> {
  await unwrap(client.POST("/api/duplicates/dismiss", { body: { ids }, keepalive: true }));
  await refreshVideos();
}
