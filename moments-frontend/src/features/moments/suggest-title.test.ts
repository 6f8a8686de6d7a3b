import { expect, test } from "vitest";
import type { TranscriptRead } from "@/api/schema";
import { suggestTitle } from "./suggest-title";

const word = (text: string, start: number) => ({ word: text, start, end: start + 0.4 });
const segment = (index: number, text: string, start: number, end: number) => {
  return { index, text, start, end, confidence: null, language: null, edited: false };
};
const TRANSCRIPT: TranscriptRead = {
  text: "",
  language: "en",
  languages: ["en"],
  source: "whisper",
  edited: false,
  sections: [],
  segment_timestamps: [segment(0, "Yes.", 0, 1), segment(1, "The moon pulls the water.", 1, 4)],
  word_timestamps: ["Yes.", "The", "moon", "pulls", "the", "water."].map((text, at) => word(text, at * 0.6)),
};

test("the first whole sentence is the title", () => {
  expect(suggestTitle(TRANSCRIPT, { start: 0, end: 4.02 })).toBe("The moon pulls the water.");
});

test("a part of a sentence is named by its words", () => {
  expect(suggestTitle(TRANSCRIPT, { start: 0.6, end: 2.3 })).toBe("The moon pulls");
});

test("a part without speech is named by its start", () => {
  expect(suggestTitle(TRANSCRIPT, { start: 65, end: 70 })).toBe("Moment at 1:05");
  expect(suggestTitle(null, { start: 0, end: 4 })).toBe("Moment at 0:00");
});
