import { expect, test } from "vitest";
import { initialFields, toChanges, toSubscription } from "./subscription-fields";

const NEW = { ...initialFields(null), url: " https://example.org/feed.xml " };

test("empty limits of a new subscription are the API's defaults", () => {
  expect(toSubscription(NEW)).toEqual({
    url: "https://example.org/feed.xml",
    interval_minutes: 60,
    max_items: null,
    max_age_days: null,
    max_duration_seconds: null,
    tags: [],
    moments: true,
  });
});

test("hours and minutes are converted", () => {
  const fields = { ...NEW, hours: 0.5, maxMinutes: 90, maxItems: 5, maxAgeDays: 7 };
  expect(toSubscription(fields)).toMatchObject({
    interval_minutes: 30,
    max_items: 5,
    max_age_days: 7,
    max_duration_seconds: 5400,
  });
});

test("an empty number of videos keeps the present one", () => {
  expect(toChanges(NEW)).not.toHaveProperty("max_items");
  expect(toChanges({ ...NEW, maxItems: 3 })).toHaveProperty("max_items", 3);
});

test("tags and the search for moments are options of the added videos", () => {
  const fields = { ...NEW, tags: ["talks", "physics"], moments: false };
  expect(toSubscription(fields)).toMatchObject({ tags: ["talks", "physics"], moments: false });
  expect(toChanges(fields)).toMatchObject({ tags: ["talks", "physics"], moments: false });
});
