import { describe, expect, test } from "vitest";
import {
  formatAgo,
  formatBytes,
  formatDate,
  formatDateTime,
  formatDuration,
  formatPreciseDuration,
  formatPreciseTime,
  formatResolution,
  formatTime,
  plural,
  spokenDuration,
  UNKNOWN,
} from "./format";

test.each([
  [0, "0:00"],
  [7.9, "0:07"],
  [725, "12:05"],
  [3723, "1:02:03"],
  [null, UNKNOWN],
  [Number.NaN, UNKNOWN],
])("formatTime(%s)", (seconds, text) => {
  expect(formatTime(seconds)).toBe(text);
});

test.each([
  [7.4, "7 s"],
  [245, "4 min 5 s"],
  [240, "4 min"],
  [3599, "59 min 59 s"],
  [3600, "1 h"],
  [3720, "1 h 2 min"],
  [7199, "2 h"],
  [undefined, UNKNOWN],
])("formatDuration(%s)", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [48_800_000, "48.8 MB"],
  [999_950_000, "1.0 GB"],
  [123_456_789, "123 MB"],
  [null, UNKNOWN],
])("formatBytes(%s)", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  ["1920x1080", "1080p"],
  ["1080x1920", "1080p"],
  ["3840x2160", "4K"],
  ["7680x4320", "8K"],
  ["320x180", "180p"],
  [null, null],
  ["wide", null],
])("formatResolution(%s)", (resolution, text) => {
  expect(formatResolution(resolution)).toBe(text);
});

describe("formatAgo", () => {
  const now = Date.parse("2026-05-20T12:00:00Z");
  test.each([
    ["2026-05-20T11:59:50Z", "just now"],
    ["2026-05-20T11:55:00Z", "5 minutes ago"],
    ["2026-05-20T09:00:00Z", "3 hours ago"],
    ["2026-05-19T12:00:00Z", "yesterday"],
    ["2026-05-06T12:00:00Z", "2 weeks ago"],
    ["2026-01-02T12:00:00Z", "Jan 2, 2026"],
  ])("%s", (iso, text) => {
    expect(formatAgo(iso, now)).toBe(text);
  });
});

test("plural", () => {
  expect(plural(1, "video")).toBe("1 video");
  expect(plural(10_000, "video")).toBe("10,000 videos");
});

test("a recording without time keeps its day in every time zone", () => {
  for (const iso of ["2024-01-31T00:00:00+00:00", "2024-01-31T00:00:00Z", "2024-01-31T00:00Z"]) {
    expect(formatDate(iso)).toBe("Jan 31, 2024");
    expect(formatDateTime(iso)).toBe("Jan 31, 2024");
  }
  expect(formatDateTime("2024-01-31T14:22:33+00:00")).toMatch(/2024.+:22/);
});

test("times keep their fraction", () => {
  expect(formatPreciseTime(7)).toBe("0:07");
  expect(formatPreciseTime(7.5)).toBe("0:07.5");
  expect(formatPreciseTime(36.32)).toBe("0:36.32");
  expect(formatPreciseTime(59.999)).toBe("1:00");
  expect(formatPreciseTime(3723.05)).toBe("1:02:03.05");
});

test("durations are rounded to tenths", () => {
  expect(formatPreciseDuration(8.24)).toBe("8.2 s");
  expect(formatPreciseDuration(59.98)).toBe("1 min 0 s");
  expect(formatPreciseDuration(62.5)).toBe("1 min 2.5 s");
});

test("durations are read out in words", () => {
  expect(spokenDuration(15)).toBe("15 seconds");
  expect(spokenDuration(65)).toBe("1 minute 5 seconds");
  expect(spokenDuration(3600)).toBe("1 hour");
  expect(spokenDuration(0)).toBe("0 seconds");
});
