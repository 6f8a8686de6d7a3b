import { expect, test } from "vitest";
import { TransferRate } from "./transfer-rate";

test("there is no estimate before the first interval", () => {
  const rate = new TransferRate(0);
  expect(rate.secondsRemaining(100)).toBeNull();
  rate.update(10, 100);
  expect(rate.secondsRemaining(100)).toBeNull();
});

test("a steady rate gives the remaining time", () => {
  const rate = new TransferRate(0);
  for (let second = 1; second <= 4; second += 1) rate.update(10 * second, 1000 * second);
  expect(rate.secondsRemaining(100)).toBeCloseTo(6);
});

test("a stall raises the estimate gradually", () => {
  const rate = new TransferRate(0);
  rate.update(50, 1000);
  rate.update(50, 2000);
  expect(rate.secondsRemaining(100)).toBeGreaterThan(1);
  expect(rate.secondsRemaining(100)).toBeLessThan(5);
});
