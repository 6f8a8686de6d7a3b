import { expect, it } from "vitest";
import type { Word } from "@/api/schema";
import { captionAt, captionLength } from "./captions";

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

it("allows fewer characters in narrow pictures", () => {
  expect(captionLength(9 / 16)).toBeLessThan(captionLength(16 / 9));
});
