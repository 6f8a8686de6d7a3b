import { expect, test } from "vitest";
import { keyStep, stepHandle } from "./trim-steps";

const span = (start: number, end: number) => ({ start, end });
const NEXT = { direction: 1, count: 1 } as const;
const PREVIOUS = { direction: -1, count: 1 } as const;
const TARGETS = {
  words: [span(1, 1.4), span(1.5, 1.9), span(3, 3.6), span(3.7, 4)],
  sentences: [span(1, 1.9), span(3, 4)],
};

test("a handle moves by words", () => {
  expect(stepHandle("start", 1.5, "word", NEXT, TARGETS)).toBe(3);
  expect(stepHandle("start", 1.5, "word", PREVIOUS, TARGETS)).toBe(1);
  expect(stepHandle("end", 1.7, "word", NEXT, TARGETS)).toBe(1.9);
});

test("several steps stop at the last word", () => {
  expect(stepHandle("start", 1, "word", { direction: 1, count: 2 }, TARGETS)).toBe(3);
  expect(stepHandle("start", 1, "word", { direction: 1, count: 5 }, TARGETS)).toBe(3.7);
  expect(stepHandle("end", 4, "word", { direction: -1, count: 2 }, TARGETS)).toBe(1.9);
});

test("a handle moves by sentences", () => {
  expect(stepHandle("start", 1.5, "sentence", NEXT, TARGETS)).toBe(3);
  expect(stepHandle("end", 3.6, "sentence", PREVIOUS, TARGETS)).toBe(1.9);
});

test("a handle stays after the last word", () => {
  expect(stepHandle("end", 4, "word", NEXT, TARGETS)).toBe(4);
  expect(stepHandle("start", 1, "sentence", PREVIOUS, TARGETS)).toBe(1);
});

test("time steps are used without words", () => {
  expect(stepHandle("start", 2, "time", PREVIOUS, TARGETS)).toBeCloseTo(1.9);
  expect(stepHandle("start", 2, "word", NEXT, { words: [], sentences: [] })).toBeCloseTo(2.1);
});

test("Shift makes larger steps", () => {
  expect(keyStep("ArrowRight", false, "time")).toEqual({ direction: 1, count: 1 });
  expect(keyStep("ArrowDown", true, "time")).toEqual({ direction: -1, count: 10 });
  expect(keyStep("PageUp", false, "word")).toEqual({ direction: 1, count: 5 });
  expect(keyStep("a", false, "word")).toBeNull();
});
