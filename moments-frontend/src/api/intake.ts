/** Watch folders and subscriptions: where new videos come from by themselves. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { client, nextCursor, unwrap, unwrapWithResponse } from "./client";
import { invalidate } from "./query-client";
import type {
  CheckResult,
  paths,
  SubscriptionItemRecord,
  SubscriptionRecord,
  SubscriptionUpdate,
} from "./schema";

export function watchFoldersQuery() {
  return queryOptions({
    queryKey: ["watch-folders"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/watch-folders", { signal })),
  });
}

export function migrationsQuery() {
  return queryOptions({
    queryKey: ["migrations"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/migrations", { signal })),
  });
}

export function subscriptionsQuery() {
  return queryOptions({
    queryKey: ["subscriptions", "list"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/subscriptions", { signal })),
  });
}

const refresh = () => invalidate(["subscriptions"]);
const forSubscription = (id: string) => ({ params: { path: { subscription_id: id } } });

type CreateBody = paths["/api/subscriptions"]["post"]["requestBody"]["content"]["application/json"];
/** Omitted fields have the API's defaults. */
export type SubscriptionRequest = Partial<CreateBody> & Pick<CreateBody, "url">;

/** Return what the first check of a subscription would add. */
export async function previewSubscription(request: SubscriptionRequest): Promise<CheckResult> {
  return unwrap(client.POST("/api/subscriptions/preview", { body: request as CreateBody }));
}

export async function createSubscription(request: SubscriptionRequest): Promise<SubscriptionRecord> {
  const created = await unwrap(client.POST("/api/subscriptions", { body: request as CreateBody }));
  void refresh();
  return created;
}

export async function changeSubscription(id: string, changes: Partial<SubscriptionUpdate>): Promise<void> {
  const body = changes as SubscriptionUpdate; // omitted fields stay as they are
  await unwrap(client.PATCH("/api/subscriptions/{subscription_id}", { ...forSubscription(id), body }));
  await refresh();
}

export async function deleteSubscription(id: string): Promise<void> {
  await unwrap(client.DELETE("/api/subscriptions/{subscription_id}", forSubscription(id)));
  await refresh();
}

/** Check now; a dry run only returns what would be added. */
export async function checkSubscription(id: string, isDryRun: boolean): Promise<CheckResult> {
  const params = { path: { subscription_id: id }, query: { dry_run: isDryRun } };
  const result = await unwrap(client.POST("/api/subscriptions/{subscription_id}/check", { params }));
  if (!isDryRun) void refresh();
  return result;
}

interface SubscriptionItemPage {
  items: SubscriptionItemRecord[];
  next: string | null;
}

/** Query the videos that checks found, newest first; all, or those in a state. */
export function subscriptionItemsQuery(id: string, state?: SubscriptionItemRecord["state"]) {
  return infiniteQueryOptions({
    queryKey: ["subscriptions", "items", id, state ?? null],
    queryFn: async ({ pageParam, signal }): Promise<SubscriptionItemPage> => {
      const query = { limit: 20, ...(state && { state }), ...(pageParam !== null && { cursor: pageParam }) };
      const params = { path: { subscription_id: id }, query };
      const [items, response] = await unwrapWithResponse(
        client.GET("/api/subscriptions/{subscription_id}/items", { params, signal }),
      );
      return { items, next: nextCursor(response.headers.get("link")) };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}
