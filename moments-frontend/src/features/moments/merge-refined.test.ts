import { expect, test } from "vitest";
import { mergeRefined } from "./merge-refined";
import { moment } from "./moment.fixture";

test("a refined moment replaces its original", () => {
  const shown = mergeRefined([
    moment("a", 10, 20),
    moment("b", 0, 5),
    moment("a2", 11, 19, { is_refined: true, parent_id: "a" }),
  ]);
  expect(shown.map(({ id, clipId }) => [id, clipId])).toEqual([
    ["b", "b"],
    ["a2", "a"],
  ]);
});

test("edits of either version apply", () => {
  const [shown] = mergeRefined([
    moment("a", 10, 20, { is_kept: true, rating: 4 }),
    moment("a2", 11, 19, { is_refined: true, parent_id: "a", is_edited: true }),
  ]);
  expect(shown).toMatchObject({ id: "a2", is_kept: true, rating: 4, is_edited: true });
});

test("a refined moment without original is kept", () => {
  const shown = mergeRefined([moment("a2", 11, 19, { is_refined: true, parent_id: "a" })]);
  expect(shown).toMatchObject([{ id: "a2", clipId: "a" }]);
});

test("equal starts sort by end", () => {
  const shown = mergeRefined([moment("long", 3, 30), moment("short", 3, 9)]);
  expect(shown.map(({ id }) => id)).toEqual(["short", "long"]);
});
