import { expect, test } from "vitest";
import { neighbourOf, stepFrom, viewed } from "./list";
import { mergeRefined } from "./merge";
import { moment } from "./sample";

const MOMENTS = mergeRefined([
  moment("a", 0, 10, { score: 5 }),
  moment("b", 20, 30, { score: 9, is_kept: true }),
  moment("c", 40, 50, { score: 5 }),
]);
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id).join("");

test("in order of time, or the best first and equals in order of time", () => {
  expect(ids(viewed(MOMENTS, { order: "time", keptOnly: false }))).toBe("abc");
  expect(ids(viewed(MOMENTS, { order: "score", keptOnly: false }))).toBe("bac");
});

test("the kept ones alone, as long as there are any", () => {
  expect(ids(viewed(MOMENTS, { order: "time", keptOnly: true }))).toBe("b");
  const none = MOMENTS.filter(({ is_kept }) => !is_kept);
  expect(ids(viewed(none, { order: "time", keptOnly: true }))).toBe("ac");
});

test("the next moment is the one that begins next", () => {
  expect(stepFrom(MOMENTS, 5, 1)?.id).toBe("b");
  expect(stepFrom(MOMENTS, 19.9, 1)?.id).toBe("c"); // it is at b already
  expect(stepFrom(MOMENTS, 45, 1)).toBeNull();
});

test("back is to this moment's start, or to the one before when it has only just begun", () => {
  expect(stepFrom(MOMENTS, 25, -1)?.id).toBe("b");
  expect(stepFrom(MOMENTS, 21, -1)?.id).toBe("a");
  expect(stepFrom(MOMENTS, 1, -1)).toBeNull();
});

test("in whatever order the list stands", () => {
  expect(stepFrom(viewed(MOMENTS, { order: "score", keptOnly: false }), 5, 1)?.id).toBe("b");
});

test("the focus goes on, at the end it goes back, and nowhere from the last", () => {
  expect(neighbourOf(MOMENTS, "a")).toBe("b");
  expect(neighbourOf(MOMENTS, "c")).toBe("b");
  expect(neighbourOf(MOMENTS.slice(0, 1), "a")).toBeNull();
});
