import { expect, test } from "vitest";
import type { TimedSegment } from "./segments";
import { segment } from "./transcript.fixture";
import {
  extendSelection,
  type SelectionStep,
  selectedIn,
  selectedWords,
  type WordSelection,
} from "./word-selection";

/** Three sentences of three seconds with a word per second; the words of the last one have no times. */
const SEGMENTS: readonly TimedSegment[] = ["The moon pulls", "the water up", "and down"].map(
  (text, index) => ({
    ...segment(index, text),
    wordStarts: index === 2 ? [] : [0.1, 1.1, 2.1].map((offset) => index * 3 + offset),
    wordEnds: index === 2 ? [] : [0.8, 1.8, 2.8].map((offset) => index * 3 + offset),
  }),
);

const select = (from: [number, number], to: [number, number]): WordSelection => ({
  anchor: { segment: from[0], word: from[1] },
  head: { segment: to[0], word: to[1] },
});

test("times reach from the first to the last word, in any direction", () => {
  const times = { start: 1.1, end: 4.8, count: 4 };
  expect(selectedWords(select([0, 1], [1, 1]), SEGMENTS)).toEqual(times);
  expect(selectedWords(select([1, 1], [0, 1]), SEGMENTS)).toEqual(times);
});

test("words without times have those of their sentence", () => {
  expect(selectedWords(select([1, 2], [2, 0]), SEGMENTS)).toEqual({ start: 5.1, end: 9, count: 2 });
});

test("each sentence has its selected words", () => {
  const selection = select([1, 1], [0, 2]);
  const shown = SEGMENTS.map((one) => selectedIn(selection, one));
  expect(shown).toEqual([[2, 2], [0, 1], null]);
});

test.each<[string, readonly SelectionStep[], WordSelection]>([
  ["words", ["next word", "next word"], select([1, 0], [1, 1])],
  [
    "words of the next sentence",
    ["next word", "next word", "next word", "next word"],
    select([1, 0], [2, 0]),
  ],
  ["words before the first", ["next word", "previous word"], select([1, 0], [0, 2])],
  ["a sentence", ["next sentence"], select([1, 0], [1, 2])],
  ["two sentences", ["next sentence", "next sentence"], select([1, 0], [2, 1])],
  ["the rest of a sentence", ["next word", "next sentence"], select([1, 0], [1, 2])],
  ["fewer sentences", ["next sentence", "next sentence", "previous sentence"], select([1, 0], [1, 2])],
  ["sentences before the first", ["next sentence", "previous sentence"], select([1, 2], [0, 0])],
  ["nothing after the end", ["next sentence", "next sentence", "next sentence"], select([1, 0], [2, 1])],
])("keys select %s", (_what, steps, expected) => {
  let selection: WordSelection | null = null;
  for (const step of steps) selection = extendSelection(selection, step, 1, SEGMENTS);
  expect(selection).toEqual(expected);
});
