import { expect, test } from "vitest";
import { GAP, layoutOf, neighbour, TEXT_HEIGHT } from "./layout";

test.each([
  [340, 2],
  [150, 1],
  [720, 2],
  [1000, 4],
  [1392, 5],
  [1744, 7],
])("%i pixels have %i columns", (width, columns) => {
  expect(layoutOf(width).columns).toBe(columns);
});

test("a row is a picture, two lines and a gap", () => {
  expect(layoutOf(320).rowHeight).toBe(Math.round((((320 - GAP) / 2) * 9) / 16 + TEXT_HEIGHT + GAP));
});

test("arrow keys lead to neighbours, and not beyond the ends", () => {
  expect(neighbour("ArrowRight", 4, 5, 12)).toBe(5);
  expect(neighbour("ArrowDown", 4, 5, 12)).toBe(9);
  expect(neighbour("ArrowDown", 9, 5, 12)).toBeNull();
  expect(neighbour("ArrowUp", 4, 5, 12)).toBeNull();
  expect(neighbour("ArrowLeft", 0, 5, 12)).toBeNull();
  expect(neighbour("End", 0, 5, 12)).toBe(11);
  expect(neighbour("Home", 11, 5, 12)).toBe(0);
  expect(neighbour("Home", 0, 5, 12)).toBeNull();
  expect(neighbour("x", 3, 5, 12)).toBeNull();
});
