import { expect, test } from "vitest";
import { previewReplacement, type ReplaceOptions } from "./replace";

const TEXTS = ["The moon and the moonlight.", "A Moon over the hill,", "full  moon. Moon!", "Nothing."];
const options = (rest: Partial<ReplaceOptions>): ReplaceOptions => ({
  find: "moon",
  replacement: "sun",
  matchCase: false,
  wholeWord: false,
  ...rest,
});
const preview = (rest: Partial<ReplaceOptions>) => previewReplacement(TEXTS, options(rest));

test.each([
  [{}, 5],
  [{ matchCase: true }, 3],
  [{ wholeWord: true }, 4],
  [{ wholeWord: true, matchCase: true }, 2],
  [{ find: "full moon." }, 1],
  [{ find: "." }, 3],
  [{ find: "[a-z]" }, 0],
  [{ find: "  " }, 0],
  [{ find: "" }, 0],
])("%o matches %i times", (rest, count) => {
  expect(preview(rest).count).toBe(count);
});

test("the preview shows texts before and after", () => {
  const [first] = preview({ wholeWord: true }).changes;
  expect(first).toEqual({
    segment: 0,
    pieces: [
      { before: "The ", after: "The " },
      { before: "moon", after: "sun" },
      { before: " and the moonlight.", after: " and the moonlight." },
    ],
  });
});

test("accents and composed characters match", () => {
  const texts = ["caf\u0065\u0301 noir"];
  expect(previewReplacement(texts, options({ find: "café" })).count).toBe(1);
  expect(previewReplacement(texts, options({ find: "cafe" })).count).toBe(0);
});

test("letters of all scripts belong to words", () => {
  expect(previewReplacement(["луна лунный"], options({ find: "лун", wholeWord: true })).count).toBe(0);
  expect(previewReplacement(["हिन्दी"], options({ find: "हिन", wholeWord: true })).count).toBe(0);
});
