/** Configuration of the installation, its named keys and its audit log. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { client, nextCursor, unwrap, unwrapWithResponse } from "./client";
import { invalidate } from "./query-client";
import type { AuditRecord, KeyCreated, paths } from "./schema";

export function settingsQuery() {
  return queryOptions({
    queryKey: ["settings"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/settings", { signal })),
  });
}

export function keysQuery() {
  return queryOptions({
    queryKey: ["keys"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/keys", { signal })),
  });
}

export type KeyRequest = paths["/api/keys"]["post"]["requestBody"]["content"]["application/json"];

/** Create a named key. Only the result contains it. */
export async function createKey(body: KeyRequest): Promise<KeyCreated> {
  const created = await unwrap(client.POST("/api/keys", { body }));
  void invalidate(keysQuery().queryKey);
  return created;
}

export async function revokeKey(name: string): Promise<void> {
  await unwrap(client.DELETE("/api/keys/{name}", { params: { path: { name } } }));
  await invalidate(keysQuery().queryKey);
}

type AuditQuery = NonNullable<paths["/api/audit"]["get"]["parameters"]["query"]>;
/** Filters of the audit log; empty texts do not filter. */
export type AuditFilter = Record<"action" | "actor" | "target", string>;

export interface AuditPage {
  records: AuditRecord[];
  next: string | null;
}

/** Query the audit log, newest first. */
export function auditQuery(filter: AuditFilter) {
  return infiniteQueryOptions({
    queryKey: ["audit", filter],
    queryFn: async ({ pageParam, signal }): Promise<AuditPage> => {
      const query: AuditQuery = { limit: 20 };
      for (const name of ["action", "actor", "target"] as const) {
        if (filter[name].trim() !== "") query[name] = filter[name].trim();
      }
      if (pageParam !== null) query.cursor = pageParam;
      const [records, response] = await unwrapWithResponse(
        client.GET("/api/audit", { params: { query }, signal }),
      );
      return { records, next: nextCursor(response.headers.get("link")) };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}
