import { expect, test } from "vitest";
import { previewLeft, previewScale } from "./preview-layout";

test("pictures grow with the bar, within limits", () => {
  const tile = { width: 160, height: 90 };
  expect(previewScale(tile, 342) * 160).toBe(112);
  expect(previewScale(tile, 800) * 160).toBeCloseTo(192);
  expect(previewScale(tile, 3000) * 160).toBe(216);
});

test("portrait pictures are limited in height", () => {
  const scale = previewScale({ width: 90, height: 160 }, 342);
  expect(scale * 160).toBeCloseTo(89.6);
});

test("the box stays within the bar", () => {
  expect(previewLeft(0, 100, 400)).toBe(0);
  expect(previewLeft(0.5, 100, 400)).toBe(150);
  expect(previewLeft(1, 100, 400)).toBe(300);
  expect(previewLeft(0.5, 500, 400)).toBe(0);
});
