/** Size of exported pictures in pixels, as the server computes it (`app/media/export_format.py`). */

import type { ExportFormat } from "@/api/exports";
import type { Size } from "./crop";
import { ratioOf } from "./crop";

/** Limit on both sides of pictures that keep their format. */
const MAX_SIDE = 1920;
/** Limit on the short side of other formats. */
const MAX_SHORT_SIDE = 1080;
/** Pictures with a shorter short side look soft on the screens of today. */
const MIN_SHARP = 720;

/** Return the size of a resolution such as `1920x1080`; null for other texts. */
export function parseSize(resolution: string | null | undefined): Size | null {
  const [width = 0, height = 0] = resolution?.split("x").map(Number) ?? [];
  return width > 0 && height > 0 ? { width, height } : null;
}

/** Return the size of the exported picture. */
export function outputSize(source: Size, format: ExportFormat): Size {
  if (format === "source") {
    const factor = Math.min(1, MAX_SIDE / source.width, MAX_SIDE / source.height);
    const even = (side: number) => Math.max(2, 2 * Math.floor((side * factor) / 2 + 0.01));
    return { width: even(source.width), height: even(source.height) };
  }
  const ratio = ratioOf(format, 1);
  const short = Math.min(source.width, source.height, MAX_SHORT_SIDE);
  return ratio < 1
    ? { width: nearestEven(short), height: nearestEven(short / ratio) }
    : { width: nearestEven(short * ratio), height: nearestEven(short) };
}

/** Report whether the picture of a video has too few pixels to look sharp. */
export function isLowResolution({ width, height }: Size): boolean {
  return Math.min(width, height) < MIN_SHARP;
}

/** Halves are rounded to the even number, like Python does. */
function nearestEven(side: number): number {
  const half = side / 2;
  const isTie = Math.abs(half - Math.floor(half) - 0.5) < 1e-9;
  const rounded = isTie ? 2 * Math.round(half / 2) : Math.round(half);
  return Math.max(2, 2 * rounded);
}
