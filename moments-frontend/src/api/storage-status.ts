/** Use of storage, and the verification of all videos. */

import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import { queryClient } from "./query-client";

/** Time between requests while the server computes. */
const POLL_MS = 2_000;
const VERIFICATION_POLL_MS = 5_000;

/** Query the use of storage by kind; polls until the server has computed it. */
export function storageQuery() {
  return queryOptions({
    queryKey: ["storage"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/storage", { signal })),
    refetchInterval: ({ state }) => (state.data?.state === "computing" ? POLL_MS : false),
  });
}

/** Make the server compute the use again. */
export async function recomputeStorage(): Promise<void> {
  const params = { query: { refresh: true } };
  const status = await unwrap(client.GET("/api/storage", { params }));
  queryClient.setQueryData(storageQuery().queryKey, status);
}

/** Query schedule, progress and result of the verification; polls during a round. */
export function verificationQuery() {
  return queryOptions({
    queryKey: ["verification"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/verification", { signal })),
    refetchInterval: ({ state }) => (state.data?.state === "running" ? VERIFICATION_POLL_MS : false),
  });
}

/** Start a round now. */
export async function startVerification(): Promise<void> {
  await unwrap(client.POST("/api/verification"));
  await queryClient.invalidateQueries({ queryKey: verificationQuery().queryKey });
}
