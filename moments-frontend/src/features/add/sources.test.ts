import { expect, test } from "vitest";
import { isVideoName, otherWords, parseLinks } from "./sources";

test("links are found among words, each once", () => {
  const text = "see https://example.org/a.mp4\n  gs://bucket/b.mp4 and https://example.org/a.mp4";
  expect(parseLinks(text)).toEqual(["https://example.org/a.mp4", "gs://bucket/b.mp4"]);
  expect(otherWords(text)).toEqual(["see", "and"]);
});

test.each(["example.org/a.mp4", "ftp://example.org/a", "javascript:alert(1)", "https://", "file:///etc"])(
  "%s is no link",
  (word) => {
    expect(parseLinks(word)).toEqual([]);
  },
);

test("videos are known by their ending, in any case", () => {
  expect(isVideoName("Talk.MP4")).toBe(true);
  expect(isVideoName("a.b.webm")).toBe(true);
  expect(isVideoName("notes.txt")).toBe(false);
});
