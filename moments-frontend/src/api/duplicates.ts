/** Videos with the same content, or with the same pictures. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { client, nextCursor, unwrap, unwrapWithResponse } from "./client";
import type { DismissedPage, DuplicateGroup, DuplicateMerged } from "./schema";
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

/** Take merged videos out of the trash, and restore the marks of the one that was kept. */
export async function undoMerge({ operation }: DuplicateMerged): Promise<void> {
  const params = { path: { operation_id: operation } };
  await unwrap(client.POST("/api/duplicates/merge/{operation_id}/undo", { params }));
  await refreshVideos();
}

const PAGE_SIZE = 20;

/** Pairs that were marked as different. */
export function dismissedQuery() {
  return infiniteQueryOptions({
    queryKey: ["videos", "duplicates", "dismissed"],
    queryFn: async ({ pageParam, signal }): Promise<DismissedPage & { next: string | null }> => {
      const query = { limit: PAGE_SIZE, ...(pageParam !== null && { cursor: pageParam }) };
      const [page, response] = await unwrapWithResponse(
        client.GET("/api/duplicates/dismissed", { params: { query }, signal }),
      );
      return { ...page, next: nextCursor(response.headers.get("link")) };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** Mark videos as different. */
export async function dismissDuplicates(ids: string[]): Promise<void> {
  await unwrap(client.POST("/api/duplicates/dismiss", { body: { ids }, keepalive: true }));
  await refreshVideos();
}

/** Undo `dismissDuplicates`. */
export async function undismissDuplicates(ids: string[]): Promise<void> {
  await unwrap(client.DELETE("/api/duplicates/dismissed", { params: { query: { id: ids } } }));
  await refreshVideos();
}
