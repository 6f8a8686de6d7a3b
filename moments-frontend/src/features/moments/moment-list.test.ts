import { expect, test } from "vitest";
import { mergeRefined } from "./merge-refined";
import { moment } from "./moment.fixture";
import { nextFocusId, sortAndFilter } from "./moment-list";

const MOMENTS = mergeRefined([
  moment("a", 0, 10, { score: 5 }),
  moment("b", 20, 30, { score: 9, is_kept: true }),
  moment("c", 40, 50, { score: 5 }),
]);
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id).join("");

test("in order of time, or the best first and equals in order of time", () => {
  expect(ids(sortAndFilter(MOMENTS, { order: "time", keptOnly: false }))).toBe("abc");
  expect(ids(sortAndFilter(MOMENTS, { order: "score", keptOnly: false }))).toBe("bac");
});

test("the kept ones alone, as long as there are any", () => {
  expect(ids(sortAndFilter(MOMENTS, { order: "time", keptOnly: true }))).toBe("b");
  const none = MOMENTS.filter(({ is_kept }) => !is_kept);
  expect(ids(sortAndFilter(none, { order: "time", keptOnly: true }))).toBe("ac");
});

test("the focus goes on, at the end it goes back, and nowhere from the last", () => {
  expect(nextFocusId(MOMENTS, "a")).toBe("b");
  expect(nextFocusId(MOMENTS, "c")).toBe("b");
  expect(nextFocusId(MOMENTS.slice(0, 1), "a")).toBeNull();
});
