import { expect, test } from "vitest";
import { mergeRefined } from "./merge-refined";
import { moment } from "./moment.fixture";

test("a refined moment stands for the one it was made of, and has its clip", () => {
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

test("a mark on either of the two is a mark", () => {
  const [shown] = mergeRefined([
    moment("a", 10, 20, { is_kept: true, rating: 4 }),
    moment("a2", 11, 19, { is_refined: true, parent_id: "a", is_edited: true }),
  ]);
  expect(shown).toMatchObject({ id: "a2", is_kept: true, rating: 4, is_edited: true });
});

test("a refined one whose other is gone stands for itself", () => {
  const shown = mergeRefined([moment("a2", 11, 19, { is_refined: true, parent_id: "a" })]);
  expect(shown).toMatchObject([{ id: "a2", clipId: "a" }]);
});

test("of two that begin together the shorter comes first", () => {
  const shown = mergeRefined([moment("long", 3, 30), moment("short", 3, 9)]);
  expect(shown.map(({ id }) => id)).toEqual(["short", "long"]);
});
