/** Deleted videos. */

import { infiniteQueryOptions } from "@tanstack/react-query";
import type { BulkOperation } from "./bulk";
import { client, forVideo, nextCursor, unwrap, unwrapWithResponse } from "./client";
import type { TrashPage } from "./schema";
import { refreshVideos } from "./videos";

const PAGE_SIZE = 60;

export function trashQuery() {
  return infiniteQueryOptions({
    queryKey: ["videos", "trash"],
    queryFn: async ({ pageParam, signal }): Promise<TrashPage & { next: string | null }> => {
      const query = { limit: PAGE_SIZE, ...(pageParam !== null && { cursor: pageParam }) };
      const [page, response] = await unwrapWithResponse(
        client.GET("/api/trash", { params: { query }, signal }),
      );
      return { ...page, next: nextCursor(response.headers.get("link")) };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

export interface FinalDeletion {
  /** Also delete the file in the local folder. */
  deleteLocal: boolean;
}

/** Delete a video in the trash for good. */
export async function deleteForever(id: string, { deleteLocal }: FinalDeletion): Promise<void> {
  const params = { ...forVideo(id).params, query: { delete_local: deleteLocal } };
  await unwrap(client.DELETE("/api/trash/{video_id}", { params }));
  await refreshVideos();
}

/** Delete all videos of the displayed trash for good; later deletions stay in it. */
export async function emptyTrash(
  { as_of: before, total: expected }: Pick<TrashPage, "as_of" | "total">,
  { deleteLocal }: FinalDeletion,
): Promise<BulkOperation> {
  const query = { before, expected, delete_local: deleteLocal };
  const operation = await unwrap(client.DELETE("/api/trash", { params: { query } }));
  await refreshVideos();
  return operation;
}
