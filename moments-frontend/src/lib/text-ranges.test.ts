import { expect, test } from "vitest";
import { shorten, splitByRanges, toUtf16Ranges } from "./text-ranges";

const marked = (text: string, ranges: [number, number][]) =>
  splitByRanges(text, toUtf16Ranges(text, ranges)).map((part) =>
    part.isMarked ? `[${part.text}]` : part.text,
  );

test("ranges count code points", () => {
  expect(marked("the moon pulls", [[4, 8]])).toEqual(["the ", "[moon]", " pulls"]);
  expect(marked("🌕🌊 the moon 𝒳", [[7, 11]])).toEqual(["🌕🌊 the ", "[moon]", " 𝒳"]);
  expect(marked("a 🌕", [[2, 3]])).toEqual(["a ", "[🌕]"]);
});

test("overlapping and unordered ranges are joined", () => {
  expect(
    marked("abcdef", [
      [3, 5],
      [0, 2],
      [1, 4],
    ]),
  ).toEqual(["[ab]", "[cd]", "[e]", "f"]);
});

test("ranges outside the text are cut", () => {
  expect(marked("moon", [[2, 9]])).toEqual(["mo", "[on]"]);
  expect(marked("🌕", [[5, 9]])).toEqual(["🌕"]);
  expect(marked("", [[0, 1]])).toEqual([]);
  expect(marked("moon", [])).toEqual(["moon"]);
});

test("titles end at a word", () => {
  expect(shorten("  The moon pulls. ", 20)).toBe("The moon pulls.");
  expect(shorten("The moon, which pulls the sea", 12)).toBe("The moon…");
  expect(shorten("月".repeat(30), 10)).toBe(`${"月".repeat(9)}…`);
});
