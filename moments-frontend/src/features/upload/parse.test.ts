import { expect, test } from "vitest";
import { invalidTokens, parseLinks, rejectionOf } from "./parse";

test("each link in a text is found once", () => {
  const text = "see https://example.org/a.mp4\n  gs://bucket/b.mp4 and https://example.org/a.mp4";
  expect(parseLinks(text)).toEqual(["https://example.org/a.mp4", "gs://bucket/b.mp4"]);
  expect(invalidTokens(text)).toEqual(["see", "and"]);
});

test.each([
  ["https://example.org/watch?v=dQw4w9WgXcQ,", "https://example.org/watch?v=dQw4w9WgXcQ"],
  ["(https://example.org/a_(b).mp4).", "https://example.org/a_(b).mp4"],
  ["<https://example.org/a.mp4>;", "https://example.org/a.mp4"],
  ["„https://example.org/a.mp4“", "https://example.org/a.mp4"],
  ["example.org/a.mp4", "https://example.org/a.mp4"],
  ["www.example.org", "https://www.example.org"],
  ["media.example.org:8443/a.mp4,", "https://media.example.org:8443/a.mp4"],
])("%s is the link %s", (token, link) => {
  expect(parseLinks(token)).toEqual([link]);
});

test.each(["example.org", "talk.mp4", "and/or", "ftp://example.org/a", "javascript:alert(1)", "https://"])(
  "%s is not a link",
  (token) => {
    expect(parseLinks(token)).toEqual([]);
  },
);

test.each([
  ["Talk.MP4", null],
  ["a.b.webm", null],
  ["00012.MTS", null],
  ["clip.3gp", null],
  ["notes.txt", "type"],
  ["README", "type"],
  ["._clip.mp4", "hidden"],
  ["film.mp4.part", "download"],
  ["film.f137.mp4", "download"],
])("%s is rejected because of %s", (name, reason) => {
  expect(rejectionOf(name)).toBe(reason);
});
