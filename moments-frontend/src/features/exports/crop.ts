/** Geometry of the crop: a picture that covers a box of another aspect ratio and is cut on one axis. */

import type { ExportFormat } from "@/api/exports";
import { t } from "@/i18n";
import { formatPercent } from "@/lib/format";

/** Width divided by height; null keeps that of the video. */
const RATIOS: Record<ExportFormat, number | null> = {
  source: null,
  "16:9": 16 / 9,
  "9:16": 9 / 16,
  "1:1": 1,
  "4:5": 4 / 5,
};

/** Aspect ratio of a video whose size is unknown. */
export const DEFAULT_RATIO = 16 / 9;
/** Difference of aspect ratios for which the server cuts the picture instead of filling the frame. */
const SAME_RATIO = 0.02;

export interface Size {
  width: number;
  height: number;
}

/** Position of the visible part: 0 is left or top, 0.5 the centre, 1 right or bottom. */
export interface CropPosition {
  x: number;
  y: number;
}
export type Axis = keyof CropPosition;

export const CENTRE: CropPosition = { x: 0.5, y: 0.5 };

/** Return the aspect ratio of the exported picture.
 *
 * @param source aspect ratio of the video */
export function ratioOf(format: ExportFormat, source: number): number {
  return RATIOS[format] ?? source;
}

/** Return the aspect ratio of a resolution such as `1920x1080`; null for other texts. */
export function parseRatio(resolution: string | null | undefined): number | null {
  const [width = 0, height = 0] = resolution?.split("x").map(Number) ?? [];
  return width > 0 && height > 0 ? width / height : null;
}

/** Return the axis on which the picture is cut; null if nothing is cut. */
export function cropAxis(source: number, target: number): Axis | null {
  if (Math.abs(source / target - 1) < SAME_RATIO) return null;
  return source > target ? "x" : "y";
}

/** Return the share of the picture's length on the cut axis that stays visible, up to 1. */
export function visibleShare(source: number, target: number): number {
  return Math.min(source / target, target / source);
}

/** Return the position after the picture was dragged by `pixels` to the right or down.
 *
 * @param box size of the visible part in pixels */
export function dragged(position: CropPosition, axis: Axis, pixels: number, box: Size, source: number) {
  const length = axis === "x" ? box.height * source : box.width / source;
  const hidden = length - (axis === "x" ? box.width : box.height);
  return hidden > 0 ? moved(position, axis, -pixels / hidden) : position;
}

/** Return the position moved by a share of the hidden part, within its limits. */
export function moved(position: CropPosition, axis: Axis, by: number): CropPosition {
  const value = Math.min(1, Math.max(0, position[axis] + by));
  return { ...position, [axis]: Math.round(value * 1000) / 1000 };
}

const STEP = 0.02;
const LARGE_STEP = 0.1;

/** Return the change of position for a key; null for other keys. Infinity moves to an edge. */
export function keyMove(key: string, axis: Axis, isShift: boolean): number | null {
  const step = isShift ? LARGE_STEP : STEP;
  const forward = axis === "x" ? "ArrowRight" : "ArrowDown";
  const backward = axis === "x" ? "ArrowLeft" : "ArrowUp";
  const moves: Record<string, number> = {
    [forward]: step,
    [backward]: -step,
    PageDown: LARGE_STEP,
    PageUp: -LARGE_STEP,
    Home: Number.NEGATIVE_INFINITY,
    End: Number.POSITIVE_INFINITY,
  };
  return moves[key] ?? null;
}

/** Return the position for screen readers, such as `centre` or `20% from the left`. */
export function describePosition(position: CropPosition, axis: Axis): string {
  const percent = Math.round(position[axis] * 100);
  if (percent === 50) return t("exports.cropCentre");
  return t(axis === "x" ? "exports.cropFromLeft" : "exports.cropFromTop", {
    percent: formatPercent(percent),
  });
}
