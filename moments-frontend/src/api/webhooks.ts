/** Addresses that receive events of the library. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { client, nextCursor, unwrap, unwrapWithResponse } from "./client";
import { invalidate } from "./query-client";
import type { DeliveryRecord, paths, WebhookCreated, WebhookUpdate } from "./schema";

type CreateBody = paths["/api/webhooks"]["post"]["requestBody"]["content"]["application/json"];
export type WebhookEvent = NonNullable<CreateBody["events"]>[number];

/** Events by the API's names; a missing one is a compile error. */
export const WEBHOOK_EVENTS: readonly WebhookEvent[] = Object.keys({
  "video.added": 0,
  "video.updated": 0,
  "video.trashed": 0,
  "video.restored": 0,
  "video.deleted": 0,
  "run.completed": 0,
  "run.failed": 0,
  "export.completed": 0,
  "export.failed": 0,
  "subscription.failed": 0,
  "watch_folder.failed": 0,
} satisfies Record<WebhookEvent, 0>) as WebhookEvent[];

export function webhooksQuery() {
  return queryOptions({
    queryKey: ["webhooks", "list"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/webhooks", { signal })),
  });
}

const refresh = () => invalidate(["webhooks"]);
const forWebhook = (id: string) => ({ params: { path: { webhook_id: id } } });

/** Create a webhook; null sends all events. Only the result contains the secret. */
export async function createWebhook(url: string, events: WebhookEvent[] | null): Promise<WebhookCreated> {
  const created = await unwrap(client.POST("/api/webhooks", { body: { url, events } }));
  void refresh();
  return created;
}

export async function changeWebhook(id: string, changes: Partial<WebhookUpdate>): Promise<void> {
  // Omitted fields stay as they are.
  await unwrap(
    client.PATCH("/api/webhooks/{webhook_id}", { ...forWebhook(id), body: changes as WebhookUpdate }),
  );
  await refresh();
}

export async function deleteWebhook(id: string): Promise<void> {
  await unwrap(client.DELETE("/api/webhooks/{webhook_id}", forWebhook(id)));
  await refresh();
}

/** Send a test event and return its result. */
export async function testWebhook(id: string): Promise<DeliveryRecord> {
  const delivery = await unwrap(client.POST("/api/webhooks/{webhook_id}/test", forWebhook(id)));
  void refresh();
  return delivery;
}

export interface DeliveryPage {
  deliveries: DeliveryRecord[];
  next: string | null;
}

/** Query the deliveries of a webhook, newest first. */
export function deliveriesQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ["webhooks", "deliveries", id],
    queryFn: async ({ pageParam, signal }): Promise<DeliveryPage> => {
      const query = { limit: 10, ...(pageParam !== null && { cursor: pageParam }) };
      const params = { path: { webhook_id: id }, query };
      const [deliveries, response] = await unwrapWithResponse(
        client.GET("/api/webhooks/{webhook_id}/deliveries", { params, signal }),
      );
      return { deliveries, next: nextCursor(response.headers.get("link")) };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

export async function retryDelivery(id: string): Promise<void> {
  const params = { path: { delivery_id: id } };
  await unwrap(client.POST("/api/webhooks/deliveries/{delivery_id}/retry", { params }));
  await refresh();
}
