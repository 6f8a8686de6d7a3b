import { expect, test } from "vitest";
import { makeHit } from "./hit.fixture";
import { hitUrl } from "./hit-link";
import { momentOf } from "./new-moment";

test("a moment has the times of its sentence", () => {
  expect(momentOf(makeHit())).toEqual({ start_time: 4, end_time: 6, title: "The moon pulls." });
});

test("short sentences are extended within the video", () => {
  expect(momentOf(makeHit({ end_time: 4.2 }))).toMatchObject({ start_time: 4, end_time: 5 });
  expect(momentOf(makeHit({ start_time: 59.5, end_time: 60 }))).toMatchObject({
    start_time: 59,
    end_time: 60,
  });
});

test("hits open at their place", () => {
  expect(hitUrl(makeHit(), "moon")).toBe("/watch/talk?t=4&q=moon");
  expect(hitUrl(makeHit({ match: "meaning" }), "moon")).toBe("/watch/talk?t=4&q=moon&match=meaning");
  expect(hitUrl(makeHit({ kind: "moment" }), "moon")).toBe("/watch/talk#t=4,6");
  expect(hitUrl(makeHit({ kind: "chapter", start_time: 4.2 }), "moon")).toBe("/watch/talk?t=5");
  expect(hitUrl(makeHit({ kind: "title", start_time: 0 }), "moon")).toBe("/watch/talk");
});
