import { expect, it } from "vitest";
import type { Word } from "@/api/schema";
import { captionAt, captionLayout, captionLength } from "./captions";

/** Words of half a second each, from 10 s. */
const words: Word[] = "The moon pulls the sea. It rises twice a day and falls again."
  .split(" ")
  .map((word, index) => ({ word, start: 10 + index / 2, end: 10.4 + index / 2 }));
const range = { start: 10, end: 20 };
const textAt = (seconds: number, length = 100) =>
  captionAt(words, range, seconds, length)?.words.join(" ") ?? null;

it("shows one sentence at a time", () => {
  expect(textAt(10.1)).toBe("The moon pulls the sea.");
  expect(textAt(13)).toBe("It rises twice a day and falls again.");
});

it("splits long sentences", () => {
  expect(textAt(13, 14)).toBe("It rises twice");
  expect(textAt(14, 14)).toBe("a day and");
});

it("marks the spoken word", () => {
  expect(captionAt(words, range, 10.6, 100)?.spoken).toBe(1);
  expect(captionAt(words, range, 9, 100)?.spoken).toBe(-1);
});

it("shows only words of the range", () => {
  expect(captionAt(words, { start: 12.5, end: 14 }, 12.5, 100)?.words.join(" ")).toBe("It rises twice");
  expect(captionAt(words, { start: 30, end: 40 }, 30, 100)).toBeNull();
});

it("keeps the last caption after its end", () => {
  expect(textAt(19.9)).toBe("It rises twice a day and falls again.");
});

it("uses the sizes of the exported picture", () => {
  expect(captionLayout("bold", 9 / 16)).toEqual({ font: 7.8, line: 78, bottom: 24 });
  expect(captionLayout("classic", 1)).toEqual({ font: 5, line: 84, bottom: 8 });
  expect(captionLayout("karaoke", 16 / 9)).toEqual({ font: 6.6, line: 110, bottom: 7 });
});

it("fits two lines", () => {
  expect(captionLength(captionLayout("bold", 9 / 16))).toBeGreaterThan(30);
  expect(captionLength(captionLayout("bold", 9 / 16))).toBeLessThan(
    captionLength(captionLayout("classic", 16 / 9)),
  );
});
