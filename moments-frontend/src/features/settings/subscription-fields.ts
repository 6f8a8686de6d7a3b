/** The fields of the subscription dialog as a request. */

import type { SubscriptionRequest } from "@/api/intake";
import type { SubscriptionRecord, SubscriptionUpdate } from "@/api/schema";

const MINUTES_PER_HOUR = 60;

/** Numbers are NaN while their field is empty. */
export interface SubscriptionFields {
  url: string;
  hours: number;
  maxItems: number;
  maxAgeDays: number;
  maxMinutes: number;
  /** Tags of the added videos. */
  tags: string[];
  moments: boolean;
}

export function initialFields(subscription: SubscriptionRecord | null): SubscriptionFields {
  if (subscription === null) {
    return {
      url: "",
      hours: 1,
      maxItems: Number.NaN,
      maxAgeDays: Number.NaN,
      maxMinutes: Number.NaN,
      tags: [],
      moments: true,
    };
  }
  const { url, interval_minutes, max_items, max_age_days, max_duration_seconds } = subscription;
  return {
    url,
    hours: interval_minutes / MINUTES_PER_HOUR,
    maxItems: max_items,
    maxAgeDays: max_age_days ?? Number.NaN,
    maxMinutes: max_duration_seconds === null ? Number.NaN : max_duration_seconds / 60,
    tags: subscription.tags,
    moments: subscription.moments,
  };
}

const orNull = (value: number) => (Number.isNaN(value) ? null : value);

/** Return the request for a new subscription; an empty limit is the API's default. */
export function toSubscription(fields: SubscriptionFields): SubscriptionRequest {
  return { url: fields.url.trim(), ...options(fields), max_items: orNull(fields.maxItems) };
}

/** Return the changes of a subscription; an empty limit removes it. */
export function toChanges(fields: SubscriptionFields): Partial<SubscriptionUpdate> {
  const maxItems = orNull(fields.maxItems);
  return { ...options(fields), ...(maxItems !== null && { max_items: maxItems }) };
}

function options({ hours, maxAgeDays, maxMinutes, tags, moments }: SubscriptionFields) {
  const seconds = orNull(maxMinutes);
  return {
    interval_minutes: Number.isNaN(hours) ? MINUTES_PER_HOUR : Math.round(hours * MINUTES_PER_HOUR),
    max_age_days: orNull(maxAgeDays),
    max_duration_seconds: seconds === null ? null : Math.round(seconds * 60),
    tags,
    moments,
  };
}
