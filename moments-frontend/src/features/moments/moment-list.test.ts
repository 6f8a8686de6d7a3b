import { expect, test } from "vitest";
import { mergeRefined } from "./merge-refined";
import { moment } from "./moment.fixture";
import { nextFocusId, nextInTime, sortAndFilter } from "./moment-list";

const MOMENTS = mergeRefined([
  moment("a", 0, 10, { score: 5 }),
  moment("b", 20, 30, { score: 9, is_kept: true }),
  moment("c", 40, 50, { score: 5 }),
]);
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id).join("");

test("moments sort by time or score", () => {
  expect(ids(sortAndFilter(MOMENTS, { order: "time", keptOnly: false }))).toBe("abc");
  expect(ids(sortAndFilter(MOMENTS, { order: "score", keptOnly: false }))).toBe("bac");
});

test("kept only filters if any is kept", () => {
  expect(ids(sortAndFilter(MOMENTS, { order: "time", keptOnly: true }))).toBe("b");
  const none = MOMENTS.filter(({ is_kept }) => !is_kept);
  expect(ids(sortAndFilter(none, { order: "time", keptOnly: true }))).toBe("ac");
});

test("focus moves to the next or previous moment", () => {
  expect(nextFocusId(MOMENTS, "a")).toBe("b");
  expect(nextFocusId(MOMENTS, "c")).toBe("b");
  expect(nextFocusId(MOMENTS.slice(0, 1), "a")).toBeNull();
});

test("the next moment is that of the next time", () => {
  expect(nextInTime(MOMENTS.toReversed(), "a")?.id).toBe("b");
  expect(nextInTime(MOMENTS, "c")).toBeNull();
});
