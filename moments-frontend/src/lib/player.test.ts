import { expect, test } from "vitest";
import { isPlayingRange, NO_POINTS, withPoint } from "./player";

test("a range is that of a moment with the same edges", () => {
  const moment = { start_time: 10, end_time: 20 };
  expect(isPlayingRange(moment, 10.01, 20)).toBe(true);
  expect(isPlayingRange(moment, 10, 21)).toBe(false);
  expect(isPlayingRange(moment, null, null)).toBe(false);
});

test("in and out points are kept in order", () => {
  const both = withPoint(withPoint(NO_POINTS, "in", 12), "out", 40);
  expect(both).toEqual({ in: 12, out: 40 });
  expect(withPoint(both, "in", 20)).toEqual({ in: 20, out: 40 });
  expect(withPoint(both, "in", 40)).toEqual({ in: 40, out: null });
  expect(withPoint(both, "out", 5)).toEqual({ in: null, out: 5 });
});
