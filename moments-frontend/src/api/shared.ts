/** Content of a share link, for visitors without a key. */

import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import { queryClient } from "./query-client";
import type { SharedVideo } from "./schema";

/** Interval of requests while the file is being made. */
const POLL_MS = 3_000;

const path = (token: string) => ({ params: { path: { token } } });

/** Query what a link shows; fails with status 401 while its password is missing. */
export function sharedQuery(token: string) {
  return queryOptions<SharedVideo>({
    queryKey: ["shared", token],
    queryFn: ({ signal }) => unwrap(client.GET("/shared/{token}", { ...path(token), signal })),
    refetchInterval: ({ state }) => (state.data?.state === "preparing" ? POLL_MS : false),
    refetchOnWindowFocus: false,
  });
}

/** Enter the password of a link.
 *
 * @throws {ApiError} status 401 if it is wrong */
export async function enterSharePassword(token: string, password: string): Promise<void> {
  await unwrap(client.POST("/shared/{token}/password", { ...path(token), body: { password } }));
  await queryClient.resetQueries({ queryKey: sharedQuery(token).queryKey });
}

/** Return the path of a part of a link's content. */
export function sharedPath(token: string, part: "video" | "captions.vtt" | "thumbnail"): string {
  return `/shared/${token}/${part}`;
}
