import { expect, test } from "vitest";
import { lastIndexAtOrBefore, toTimedSegments } from "./segments";
import { transcript as make, segment } from "./transcript.fixture";

const SEGMENTS = [
  segment(0, "the moon pulls.", { start: 0.5, end: 2 }),
  segment(1, "twice a day", { start: 2, end: 3 }),
];
const transcript = make(SEGMENTS, {
  word_timestamps: [
    { word: "the", start: 0.5, end: 0.7 },
    { word: "moon", start: 0.7, end: 1.2 },
    { word: "pulls.", start: 1.2, end: 2 },
    { word: "twice", start: 2, end: 2.4 },
    { word: "a", start: 2.4, end: 2.5 },
    { word: "day", start: 2.5, end: 3 },
  ],
});

test("each segment has its words", () => {
  expect(toTimedSegments(transcript).map((line) => line.wordStarts)).toEqual([
    [0.5, 0.7, 1.2],
    [2, 2.4, 2.5],
  ]);
});

test("a segment with mismatched words has none", () => {
  const segment_timestamps = [segment(0, "the moon pulls twice", { start: 0.5, end: 2 })];
  expect(toTimedSegments({ ...transcript, segment_timestamps })[0]?.wordStarts).toEqual([]);
  expect(toTimedSegments({ ...transcript, word_timestamps: [] })[1]?.wordStarts).toEqual([]);
});

test("the last index at or before a time is found", () => {
  const times = [1, 2, 4, 8];
  expect(lastIndexAtOrBefore(times, 0.99)).toBe(-1);
  expect(lastIndexAtOrBefore(times, 1)).toBe(0);
  expect(lastIndexAtOrBefore(times, 3.9)).toBe(1);
  expect(lastIndexAtOrBefore(times, 8)).toBe(3);
  expect(lastIndexAtOrBefore(times, 1e9)).toBe(3);
  expect(lastIndexAtOrBefore([], 5)).toBe(-1);
});

test("binary search equals linear search", () => {
  const times = Array.from({ length: 5000 }, (_, index) => index * 2.1);
  for (const time of [0, 0.1, 2.1, 5003.7, 10497.9, 10500, 99999])
    expect(lastIndexAtOrBefore(times, time)).toBe(times.findLastIndex((start) => start <= time));
});
