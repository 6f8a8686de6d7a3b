import { expect, test } from "vitest";
import { toPlainText } from "./export-text";

const SEGMENTS = [
  { text: "Twice a day the sea\nclimbs", start: 0.066, end: 4.35 },
  { text: "the harbour wall.", start: 4.6, end: 6 },
  { text: "The moon does that.", start: 7.6, end: 3725 },
  { text: "Mostly.", start: 3725.4, end: 3726 },
];

test("a pause starts a paragraph", () => {
  expect(toPlainText(SEGMENTS, { times: false })).toBe(
    "Twice a day the sea climbs the harbour wall.\n\nThe moon does that. Mostly.\n",
  );
});

test("with times each segment has a line", () => {
  expect(toPlainText(SEGMENTS, { times: true })).toBe(
    "0:00  Twice a day the sea climbs\n0:04  the harbour wall.\n0:07  The moon does that.\n1:02:05  Mostly.\n",
  );
});

test("an empty transcript is empty text", () => {
  expect(toPlainText([], { times: false })).toBe("");
  expect(toPlainText([], { times: true })).toBe("");
});
