import { expect, test } from "vitest";
import type { SegmentRead } from "@/api/schema";
import { canSplitAt, splitPositions } from "./split-positions";

const segment = (index: number, start: number): SegmentRead => {
  return {
    index,
    start,
    end: start + 3,
    text: `at ${start}`,
    confidence: null,
    language: null,
    edited: false,
  };
};

test("a moment can be split where both parts last a second", () => {
  const segments = [7, 10, 10.5, 13, 16, 19.5, 22].map((start, index) => segment(index, start));
  const range = { start: 10, end: 20 };
  expect(splitPositions(segments, range).map(({ text }) => text)).toEqual(["at 13", "at 16"]);
  expect(canSplitAt(range, 11)).toBe(true);
  expect(canSplitAt(range, 10.9)).toBe(false);
  expect(canSplitAt(range, 19.1)).toBe(false);
});
