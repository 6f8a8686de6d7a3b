import { expect, test } from "vitest";
import { parseQuery } from "./query";

const texts = (query: string) => {
  const { terms, excluded } = parseQuery(query);
  const text = (list: typeof terms) =>
    list.map(({ words, isPrefix }) => words.join(" ") + (isPrefix ? "*" : ""));
  return [text(terms), text(excluded)];
};

test.each([
  ["moon tide", [["moon*", "tide*"], []]],
  ["in an", [["in", "an*"], []]],
  ['"full moon" tide', [["full moon", "tide*"], []]],
  ['"full mo', [["full mo*"], []]],
  ["«full moon»", [["full moon"], []]],
  ["tide -moon", [["tide*"], ["moon"]]],
  ['tide -"full moon"', [["tide*"], ["full moon"]]],
  ["mother-in-law", [["mother in law*"], []]],
  ['- -- "" ? ()', [[], []]],
])("%s", (query, expected) => {
  expect(texts(query)).toEqual(expected);
});
