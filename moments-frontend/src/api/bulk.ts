/** Actions on many videos, executed by the server. */

import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import type { BulkOperationRead as BulkOperation, BulkRequest } from "./schema";
import { refreshVideos, type VideoQuery } from "./videos";

export type BulkAction = BulkRequest["action"];

export type { BulkOperation };

/** The videos of an operation: listed ones, those of a filter but some, or those that another one changed. */
export type BulkTarget =
  | { ids: string[] }
  | { filter: VideoQuery; except_ids: string[]; expected: number }
  | { operation: BulkOperation["id"] };

export function isRunning({ state }: BulkOperation): boolean {
  return ["queued", "processing", "cancelling"].includes(state);
}

type Options = Partial<Pick<BulkRequest, "tags" | "delete_local">>;

export async function startBulk(
  target: BulkTarget,
  action: BulkAction,
  options: Options = {},
): Promise<BulkOperation> {
  const body = { ...target, action, ...options } as BulkRequest;
  return await unwrap(client.POST("/api/videos/bulk", { body }));
}

const POLL_MS = 500;

/** Query an operation until it has ended. */
export function bulkQuery(operation: BulkOperation) {
  return queryOptions({
    queryKey: ["bulk", operation.id],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/bulk/{operation_id}", { params: { path: { operation_id: operation.id } }, signal }),
      ),
    initialData: operation,
    refetchInterval: ({ state }) => (state.data && isRunning(state.data) ? POLL_MS : false),
  });
}

export async function cancelBulk(id: string): Promise<void> {
  await unwrap(client.POST("/api/bulk/{operation_id}/cancel", { params: { path: { operation_id: id } } }));
}

/** Take the videos of an operation out of the trash again. */
export async function undoTrash(operation: BulkOperation): Promise<void> {
  await startBulk({ operation: operation.id }, "restore");
  await refreshVideos();
}
