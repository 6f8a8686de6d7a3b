import { describe, expect, test } from "vitest";
import { parseTime, parseTimeRange } from "./media-fragment";

describe("parseTime", () => {
  test.each([
    ["95", 95],
    ["95.5", 95.5],
    ["0:07,25", 7.25],
    ["95s", 95],
    ["1m35s", 95],
    ["1m30", 90],
    ["1h2m3", 3723],
    ["1h2m3s", 3723],
    ["2m", 120],
    ["1:35", 95],
    ["1:02:03", 3723],
    ["0:01.5", 1.5],
  ])("%s", (text, seconds) => {
    expect(parseTime(text)).toBe(seconds);
  });

  test.each(["", "x", "-5", "1:2:3:4", "h", "5x", "1e3", "1h30"])("%j is not a time", (text) => {
    expect(parseTime(text)).toBeNull();
  });
});

describe("parseTimeRange", () => {
  test("a query gives a start", () => {
    expect(parseTimeRange("?t=95", "")).toEqual({ start: 95, end: null });
  });
  test("a fragment gives a range", () => {
    expect(parseTimeRange("", "#t=10,20")).toEqual({ start: 10, end: 20 });
    expect(parseTimeRange("", "#t=npt:10,0:20")).toEqual({ start: 10, end: 20 });
    expect(parseTimeRange("", "#t=,20")).toEqual({ start: 0, end: 20 });
  });
  test("the fragment takes precedence", () => {
    expect(parseTimeRange("?t=5", "#t=10")).toEqual({ start: 10, end: null });
  });
  test("an end before the start is ignored", () => {
    expect(parseTimeRange("", "#t=20,10")).toEqual({ start: 20, end: null });
  });
  test("other values give no range", () => {
    expect(parseTimeRange("?x=1", "#main")).toBeNull();
    expect(parseTimeRange("?t=soon", "")).toBeNull();
    expect(parseTimeRange("", "#t=10,soon")).toBeNull();
  });
});
