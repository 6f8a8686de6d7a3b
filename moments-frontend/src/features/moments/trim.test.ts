import { expect, test } from "vitest";
import {
  expandWindow,
  fullRange,
  lengthened,
  moveHandle,
  snapToWord,
  validateTrim,
  windowAround,
  wordsAround,
  wordsIn,
} from "./trim";

const word = (text: string, start: number, end: number) => ({ word: text, start, end });
const WORDS = [word("Twice", 1, 1.4), word("a", 1.45, 1.5), word("day", 1.6, 2), word("it", 3, 3.2)];

test("the visible range has context on both sides", () => {
  expect(windowAround({ start: 100.4, end: 130.2 }, 600)).toEqual({ start: 70, end: 161 });
  expect(windowAround({ start: 1000, end: 1400 }, 6000)).toEqual({ start: 900, end: 1500 });
  expect(windowAround({ start: 10, end: 36.32 }, 36.4)).toEqual({ start: 0, end: 36.4 });
  expect(windowAround({ start: 10, end: 20 }, null)).toEqual({ start: 0, end: 50 });
});

test("a handle reaches the end of the video", () => {
  expect(fullRange(36.3667).end).toBe(36.36);
  expect(fullRange(36.4).end).toBe(36.4);
});

test("the visible range expands near a handle", () => {
  const view = { start: 70, end: 161 };
  expect(expandWindow(view, { start: 100, end: 130 }, 600)).toEqual(view);
  expect(expandWindow(view, { start: 71, end: 130 }, 600)).toEqual({ start: 41, end: 161 });
  expect(expandWindow(view, { start: 100, end: 300 }, 600)).toEqual({ start: 70, end: 350 });
  expect(expandWindow({ start: 0, end: 30 }, { start: 0, end: 30 }, 30)).toEqual({ start: 0, end: 30 });
});

test("a handle stops at the other and at the bounds", () => {
  const bounds = { start: 5, end: 50 };
  const edges = { start: 10, end: 20 };
  expect(moveHandle(edges, "start", 12.345, bounds)).toEqual({ start: 12.35, end: 20 });
  expect(moveHandle(edges, "start", 30, bounds)).toEqual({ start: 19, end: 20 });
  expect(moveHandle(edges, "start", 1, bounds)).toEqual({ start: 5, end: 20 });
  expect(moveHandle(edges, "end", 1, bounds)).toEqual({ start: 10, end: 11 });
  expect(moveHandle(edges, "end", 99, bounds)).toEqual({ start: 10, end: 50 });
});

test("handles snap to word boundaries", () => {
  expect(snapToWord(WORDS, "start", 1.54, 0.1)).toBe(1.6);
  expect(snapToWord(WORDS, "end", 1.54, 0.1)).toBe(1.5);
  expect(snapToWord(WORDS, "start", 1.48, 0.1)).toBe(1.45);
});

test("distant words do not snap", () => {
  expect(snapToWord(WORDS, "start", 2.5, 0.1)).toBe(2.5);
  expect(snapToWord([], "end", 2.5, 10)).toBe(2.5);
});

test("words in the visible range", () => {
  expect(wordsIn(WORDS, { start: 1.4, end: 2.5 }).map((each) => each.word)).toEqual(["a", "day"]);
});

test("words on both sides of a time", () => {
  const { before, after } = wordsAround(WORDS, 1.5, 2);
  expect(before.map((each) => each.word)).toEqual(["Twice", "a"]);
  expect(after.map((each) => each.word)).toEqual(["day", "it"]);
  expect(wordsAround(WORDS, 99, 2)).toEqual({ before: WORDS.slice(2), after: [] });
  expect(wordsAround(WORDS, 0, 1)).toEqual({ before: [], after: WORDS.slice(0, 1) });
});

test("invalid ranges are reported", () => {
  expect(validateTrim({ start: 0, end: 36.4 }, 36.4)).toBeNull();
  expect(validateTrim({ start: 3, end: 4 }, null)).toBeNull();
  expect(validateTrim({ start: 3, end: 3.9 }, 36)).toContain("1 second");
  expect(validateTrim({ start: 3, end: 2 }, 36)).toContain("after start");
  expect(validateTrim({ start: 3, end: 37 }, 36.4)).toContain("0:36.4");
});

test("a short range is extended within the video", () => {
  expect(lengthened({ start: 3, end: 3.4 }, 10)).toEqual({ start: 3, end: 4 });
  expect(lengthened({ start: 9.7, end: 9.9 }, 10)).toEqual({ start: 9, end: 10 });
  expect(lengthened({ start: 3, end: 9 }, 10)).toEqual({ start: 3, end: 9 });
});
