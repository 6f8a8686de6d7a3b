import { expect, test } from "vitest";
import { keyStep, stepHandle } from "./trim-steps";

const span = (start: number, end: number) => ({ start, end });
const TARGETS = {
  words: [span(1, 1.4), span(1.5, 1.9), span(3, 3.6), span(3.7, 4)],
  sentences: [span(1, 1.9), span(3, 4)],
};

test("a handle moves by words", () => {
  expect(stepHandle("start", 1.5, "word", 1, TARGETS)).toBe(3);
  expect(stepHandle("start", 1.5, "word", -1, TARGETS)).toBe(1);
  expect(stepHandle("end", 1.7, "word", 1, TARGETS)).toBe(1.9);
});

test("a handle moves by sentences", () => {
  expect(stepHandle("start", 1.5, "sentence", 1, TARGETS)).toBe(3);
  expect(stepHandle("end", 3.6, "sentence", -1, TARGETS)).toBe(1.9);
});

test("a handle stays after the last word", () => {
  expect(stepHandle("end", 4, "word", 1, TARGETS)).toBe(4);
  expect(stepHandle("start", 1, "sentence", -1, TARGETS)).toBe(1);
});

test("time steps are used without words", () => {
  expect(stepHandle("start", 2, "time", -1, TARGETS)).toBeCloseTo(1.9);
  expect(stepHandle("start", 2, "word", 1, { words: [], sentences: [] })).toBeCloseTo(2.1);
});

test("Shift makes larger steps", () => {
  expect(keyStep("ArrowRight", false, "time")).toEqual({ direction: 1, count: 1 });
  expect(keyStep("ArrowDown", true, "time")).toEqual({ direction: -1, count: 10 });
  expect(keyStep("PageUp", false, "word")).toEqual({ direction: 1, count: 5 });
  expect(keyStep("a", false, "word")).toBeNull();
});
