import { describe, expect, it } from "vitest";
import {
  CENTRE,
  cropAxis,
  describePosition,
  dragged,
  keyMove,
  moved,
  parseRatio,
  ratioOf,
  visibleShare,
} from "./crop";

const WIDE = 16 / 9;

describe("cropAxis", () => {
  it.each([
    [WIDE, 9 / 16, "x"],
    [WIDE, 1, "x"],
    [9 / 16, WIDE, "y"],
    [9 / 16, 4 / 5, "y"],
    [WIDE, WIDE, null],
    [1920 / 1088, WIDE, null],
    [4 / 3, WIDE, "y"],
  ])("cuts %d to %d on %s", (source, target, axis) => {
    expect(cropAxis(source, target)).toBe(axis);
  });
});

it("keeps the ratio of the video for the format source", () => {
  expect(ratioOf("source", 4 / 3)).toBe(4 / 3);
  expect(ratioOf("9:16", 4 / 3)).toBe(9 / 16);
});

it("shows a third of a wide picture in a vertical one", () => {
  expect(visibleShare(WIDE, 9 / 16)).toBeCloseTo(81 / 256);
  expect(visibleShare(9 / 16, WIDE)).toBeCloseTo(81 / 256);
  expect(visibleShare(WIDE, WIDE)).toBe(1);
});

describe("dragged", () => {
  const box = { width: 90, height: 160 };
  const hidden = 160 * WIDE - 90;

  it("moves the picture with the pointer", () => {
    expect(dragged(CENTRE, "x", -hidden / 4, box, WIDE)).toEqual({ x: 0.75, y: 0.5 });
    expect(dragged(CENTRE, "x", hidden / 4, box, WIDE)).toEqual({ x: 0.25, y: 0.5 });
  });
  it("stops at the edges of the picture", () => {
    expect(dragged(CENTRE, "x", 1000, box, WIDE).x).toBe(0);
    expect(dragged(CENTRE, "x", -1000, box, WIDE).x).toBe(1);
  });
  it("moves tall pictures vertically", () => {
    const square = { width: 100, height: 100 };
    expect(dragged(CENTRE, "y", -25, square, 1 / 2)).toEqual({ x: 0.5, y: 0.75 });
  });
  it("ignores drags of a picture that fits", () => {
    expect(dragged(CENTRE, "x", 20, { width: 160, height: 90 }, WIDE)).toEqual(CENTRE);
  });
});

describe("keys", () => {
  it.each([
    ["ArrowRight", "x", false, 0.52],
    ["ArrowLeft", "x", true, 0.4],
    ["ArrowDown", "y", false, 0.52],
    ["PageUp", "x", false, 0.4],
    ["Home", "x", false, 0],
    ["End", "y", false, 1],
  ] as const)("%s moves %s", (key, axis, isShift, expected) => {
    const by = keyMove(key, axis, isShift);
    expect(by).not.toBeNull();
    expect(moved(CENTRE, axis, by ?? 0)[axis]).toBe(expected);
  });
  it("ignores the arrows of the other axis", () => {
    expect(keyMove("ArrowUp", "x", false)).toBeNull();
    expect(keyMove("a", "x", false)).toBeNull();
  });
});

it("describes positions", () => {
  expect(describePosition(CENTRE, "x")).toBe("centre");
  expect(describePosition({ x: 0.2, y: 0.5 }, "x")).toBe("20% from the left");
  expect(describePosition({ x: 0.5, y: 0 }, "y")).toBe("0% from the top");
});

it("parses resolutions", () => {
  expect(parseRatio("1920x1080")).toBeCloseTo(WIDE);
  expect(parseRatio("large")).toBeNull();
  expect(parseRatio(null)).toBeNull();
});
