import { expect, test } from "vitest";
import { findMatches, firstMatchFrom, highlightRanges, indexWords } from "./search";

const LINES = ["Twice a day the sea climbs", "the harbour wall, and twice", "a day it slides back."];

const find = (texts: string[], query: string) => findMatches(indexWords(texts), query);
const found = (texts: string[], query: string) =>
  find(texts, query).map((match) => match.map(({ segment, from, to }) => texts[segment]?.slice(from, to)));

test("search ignores case, accents and punctuation", () => {
  expect(find(LINES, "THE")).toEqual([[{ segment: 0, from: 12, to: 15 }], [{ segment: 1, from: 0, to: 3 }]]);
  expect(found(["A naïve idea, nai\u0308ve!"], "naive")).toEqual([["naïve"], ["nai\u0308ve"]]);
  expect(found(["Straße", "die Maße"], "masse")).toEqual([["Maße"]]);
});

test("a phrase may span segments", () => {
  expect(find(LINES, '"twice a  day"')).toEqual([
    [{ segment: 0, from: 0, to: 11 }],
    [
      { segment: 1, from: 22, to: 27 },
      { segment: 2, from: 0, to: 5 },
    ],
  ]);
  expect(found(LINES, "twice a day")).toEqual([
    ["Twice", "a", "day"],
    ["twice", "a day"],
  ]);
});

test("words match in any order", () => {
  expect(found(LINES, "wall harbour")).toEqual([["harbour", "wall"]]);
  expect(find(LINES, "wall sea")).toEqual([]);
  expect(find(LINES, '"wall harbour"')).toEqual([]);
});

test("the start of a word matches while it is typed", () => {
  expect(found(LINES, "harb")).toEqual([["harbour"]]);
  expect(found(LINES, "ay")).toEqual([]);
  expect(found(["the moon", "moons"], '"moon"')).toEqual([["moon"]]);
});

test("excluded words remove segments", () => {
  expect(found(LINES, "twice -sea")).toEqual([["twice"]]);
  expect(find(LINES, "-sea")).toEqual([]);
});

test("a query without words has no matches", () => {
  for (const query of ["  ", "?", ".*", "-", '""', "moon"]) expect(find(LINES, query)).toEqual([]);
  expect(find([], "a")).toEqual([]);
});

test("search starts at a place", () => {
  const matches = find(LINES, "the");
  const first = (segment: number, from = 0) => firstMatchFrom(matches, { segment, from });
  expect([first(0), first(0, 13), first(1), first(1, 1), first(2)]).toEqual([0, 1, 1, 0, 0]);
  expect(firstMatchFrom([], { segment: 2, from: 0 })).toBe(0);
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
