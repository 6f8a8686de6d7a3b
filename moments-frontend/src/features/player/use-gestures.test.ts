import { expect, test } from "vitest";
import { tapDirection } from "./use-gestures";

test("taps at the sides seek, taps in the middle do not", () => {
  expect(tapDirection(20, 400)).toBe(-1);
  expect(tapDirection(390, 400)).toBe(1);
  expect(tapDirection(200, 400)).toBeNull();
});
