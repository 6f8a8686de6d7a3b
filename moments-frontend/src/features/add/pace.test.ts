import { expect, test } from "vitest";
import { Pace } from "./pace";

test("nobody can say before anything has come", () => {
  const pace = new Pace(0);
  expect(pace.left(100)).toBeNull();
  pace.hear(10, 100);
  expect(pace.left(100)).toBeNull();
});

test("a steady speed gives the time that is left", () => {
  const pace = new Pace(0);
  for (let second = 1; second <= 4; second += 1) pace.hear(10 * second, 1000 * second);
  expect(pace.left(100)).toBeCloseTo(6);
});

test("a stall makes it longer, and not at once endless", () => {
  const pace = new Pace(0);
  pace.hear(50, 1000);
  pace.hear(50, 2000);
  expect(pace.left(100)).toBeGreaterThan(1);
  expect(pace.left(100)).toBeLessThan(5);
});
