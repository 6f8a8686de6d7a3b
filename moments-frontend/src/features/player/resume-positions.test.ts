import { expect, test } from "vitest";
import {
  type Positions,
  parsePositions,
  shouldSavePosition,
  withPosition,
  withServerPosition,
} from "./resume-positions";

test("the start and end of a video are not resumable", () => {
  expect(shouldSavePosition(9.9, 600)).toBe(false);
  expect(shouldSavePosition(10, 600)).toBe(true);
  expect(shouldSavePosition(570, 600)).toBe(true);
  expect(shouldSavePosition(571, 600)).toBe(false);
  expect(shouldSavePosition(10, Number.NaN)).toBe(false);
});

test("a position is stored, updated and removed at the end", () => {
  const first = withPosition({}, "talk", 60, 600, 1);
  expect(first).toEqual({ talk: { seconds: 60, at: 1 } });
  const moved = withPosition(first, "talk", 90, 600, 2);
  expect(moved).toEqual({ talk: { seconds: 90, at: 2 } });
  expect(withPosition(moved, "talk", 599, 600, 3)).toEqual({});
});

test("the least recently watched videos are dropped first", () => {
  let positions: Positions = {};
  for (let index = 0; index < 320; index += 1)
    positions = withPosition(positions, `video ${index}`, 60, 600, index);
  expect(Object.keys(positions)).toHaveLength(300);
  expect(positions["video 19"]).toBeUndefined();
  expect(positions["video 20"]).toBeDefined();
});

test("invalid stored positions are ignored", () => {
  expect(parsePositions('{"a": {"seconds": 12, "at": 1}, "b": 7, "c": {"seconds": "x", "at": 1}}')).toEqual({
    a: { seconds: 12, at: 1 },
  });
  expect(parsePositions("[")).toEqual({});
});

test("a newer position of the server replaces that of this browser", () => {
  const positions = { talk: { seconds: 60, at: Date.parse("2026-01-02T00:00:00Z") } };
  const adopt = (seconds: number | null, at: string | null) =>
    withServerPosition(positions, "talk", { seconds, at });
  expect(adopt(90, "2026-01-01T00:00:00Z")).toBe(positions);
  expect(adopt(null, null)).toBe(positions);
  expect(adopt(90, "2026-01-03T00:00:00Z").talk?.seconds).toBe(90);
  expect(adopt(null, "2026-01-03T00:00:00Z")).toEqual({});
});
