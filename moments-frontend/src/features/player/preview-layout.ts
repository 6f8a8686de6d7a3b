/** Size and place of the preview above the seek bar, in pixels. */

/** Share of the bar's width that a picture takes, within the limits. */
const SHARE = 0.24;
const WIDTHS = { min: 112, max: 216 } as const;
/** Limits portrait pictures: height relative to the preferred width. */
const MAX_HEIGHT_SHARE = 0.8;

/** Return the scale at which a picture of the storyboard is shown. */
export function previewScale(tile: { width: number; height: number }, barWidth: number): number {
  const width = Math.min(WIDTHS.max, Math.max(WIDTHS.min, barWidth * SHARE));
  return Math.min(width / tile.width, (width * MAX_HEIGHT_SHARE) / tile.height);
}

/** Return the left edge of a box that is centred at a share of the bar, but stays within the bar. */
export function previewLeft(share: number, width: number, barWidth: number): number {
  return Math.max(0, Math.min(share * barWidth - width / 2, barWidth - width));
}
