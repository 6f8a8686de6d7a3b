import { expect, test } from "vitest";
import { GAP, gridLayout, nextIndex, TEXT_HEIGHT } from "./grid-layout";

test.each([
  [340, 2],
  [150, 1],
  [720, 2],
  [1000, 4],
  [1392, 5],
  [1744, 7],
])("%i pixels fit %i columns", (width, columns) => {
  expect(gridLayout(width).columns).toBe(columns);
});

test("a row is a thumbnail, two lines and a gap", () => {
  expect(gridLayout(320).rowHeight).toBe(Math.round((((320 - GAP) / 2) * 9) / 16 + TEXT_HEIGHT + GAP));
});

test("keys move to adjacent cards within the grid", () => {
  expect(nextIndex("ArrowRight", 4, 5, 12)).toBe(5);
  expect(nextIndex("ArrowDown", 4, 5, 12)).toBe(9);
  expect(nextIndex("ArrowDown", 9, 5, 12)).toBeNull();
  expect(nextIndex("ArrowUp", 4, 5, 12)).toBeNull();
  expect(nextIndex("ArrowLeft", 0, 5, 12)).toBeNull();
  expect(nextIndex("End", 0, 5, 12)).toBe(11);
  expect(nextIndex("Home", 11, 5, 12)).toBe(0);
  expect(nextIndex("Home", 0, 5, 12)).toBeNull();
  expect(nextIndex("x", 3, 5, 12)).toBeNull();
});
