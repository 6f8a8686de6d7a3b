import { expect, test } from "vitest";
import type { AudioSection } from "@/api/schema";
import { emptyKind, isUncertain, languagesText, sourceText } from "./describe";
import { segment, transcript } from "./transcript.fixture";

test.each([
  ["en", ["en"], "English"],
  ["de", [], "German"],
  ["en", ["en", "de"], "Mixed: English, German"],
  ["und", ["und"], null],
])("%s and %o are named", (language, languages, text) => {
  expect(languagesText(transcript([], { language, languages }))).toBe(text);
});

test("the source is named", () => {
  expect(sourceText(transcript([], { source: "embedded" }))).toBe("Captions from the file");
  expect(sourceText(transcript([], { source: null }))).toBeNull();
});

test("only unedited recognised segments are uncertain", () => {
  expect(isUncertain(segment(0, "Hm.", { confidence: 0.3 }))).toBe(true);
  expect(isUncertain(segment(0, "Hm.", { confidence: 0.3, edited: true }))).toBe(false);
  expect(isUncertain(segment(0, "Hm.", { confidence: 0.9 }))).toBe(false);
  expect(isUncertain(segment(0, "Hm."))).toBe(false);
});

test.each([
  [["silence"], "silence"],
  [["silence", "music"], "music"],
  [["music", "unintelligible", "silence"], "unintelligible"],
  [[], "no words"],
] as const)("a transcript without words and %o is %s", (kinds, expected) => {
  const sections = kinds.map((kind, index): AudioSection => ({ kind, start: index, end: index + 1 }));
  expect(emptyKind({ sections })).toBe(expected);
});
