import { expect, test } from "vitest";
import { findMatches, firstMatchFrom, highlightRanges } from "./search";

const LINES = ["Twice a day the sea climbs", "the harbour wall, and twice", "a day it slides back."];

test("search ignores case", () => {
  expect(findMatches(LINES, "THE")).toEqual([
    [{ segment: 0, from: 12, to: 15 }],
    [{ segment: 1, from: 0, to: 3 }],
  ]);
});

test("a match may span segments", () => {
  expect(findMatches(LINES, "twice a  day")).toEqual([
    [{ segment: 0, from: 0, to: 11 }],
    [
      { segment: 1, from: 22, to: 27 },
      { segment: 2, from: 0, to: 5 },
    ],
  ]);
});

test("an empty query has no matches", () => {
  expect(findMatches(LINES, "  ")).toEqual([]);
  expect(findMatches(LINES, "moon")).toEqual([]);
  expect(findMatches([], "a")).toEqual([]);
});

test("regular expression characters are literal", () => {
  expect(findMatches(["what? (yes)"], "? (")).toEqual([[{ segment: 0, from: 4, to: 7 }]]);
  expect(findMatches(LINES, ".*")).toEqual([]);
});

test("letters that expand in lower case keep positions", () => {
  expect(findMatches(["İİ said so"], "said")).toEqual([[{ segment: 0, from: 3, to: 7 }]]);
});

test("search starts at the current segment", () => {
  const matches = findMatches(LINES, "the");
  expect(firstMatchFrom(matches, 0)).toBe(0);
  expect(firstMatchFrom(matches, 1)).toBe(1);
  expect(firstMatchFrom(matches, 2)).toBe(0);
  expect(firstMatchFrom([], 2)).toBe(0);
});

test("text is split into words and highlights", () => {
  expect(highlightRanges("a day out", [{ segment: 0, from: 2, to: 7, isCurrent: true }])).toEqual([
    { text: "a", word: 0, mark: null },
    { text: " ", word: null, mark: null },
    { text: "day", word: 1, mark: "current" },
    { text: " ", word: null, mark: "current" },
    { text: "o", word: 2, mark: "current" },
    { text: "ut", word: 2, mark: null },
  ]);
  expect(
    highlightRanges("tides", [
      { segment: 0, from: 0, to: 1, isCurrent: false },
      { segment: 0, from: 4, to: 5, isCurrent: true },
    ]).map(({ text, mark }) => [text, mark]),
  ).toEqual([
    ["t", "found"],
    ["ide", null],
    ["s", "current"],
  ]);
});
