import { expect, test } from "vitest";
import { isPlayingRange } from "./player";

test("a range is that of a moment with the same edges", () => {
  const moment = { start_time: 10, end_time: 20 };
  expect(isPlayingRange(moment, 10.01, 20)).toBe(true);
  expect(isPlayingRange(moment, 10, 21)).toBe(false);
  expect(isPlayingRange(moment, null, null)).toBe(false);
});
