import { expect, test } from "vitest";
import { invalidTokens, isVideoName, parseLinks } from "./parse";

test("each link in a text is found once", () => {
  const text = "see https://example.org/a.mp4\n  gs://bucket/b.mp4 and https://example.org/a.mp4";
  expect(parseLinks(text)).toEqual(["https://example.org/a.mp4", "gs://bucket/b.mp4"]);
  expect(invalidTokens(text)).toEqual(["see", "and"]);
});

test.each(["example.org/a.mp4", "ftp://example.org/a", "javascript:alert(1)", "https://", "file:///etc"])(
  "%s is not a link",
  (token) => {
    expect(parseLinks(token)).toEqual([]);
  },
);

test("video files are recognised by extension, in any case", () => {
  expect(isVideoName("Talk.MP4")).toBe(true);
  expect(isVideoName("a.b.webm")).toBe(true);
  expect(isVideoName("00012.MTS")).toBe(true);
  expect(isVideoName("clip.3gp")).toBe(true);
  expect(isVideoName("notes.txt")).toBe(false);
});
