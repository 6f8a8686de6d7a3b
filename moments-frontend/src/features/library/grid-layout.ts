/** Layout of the grid, computed from its width so that rows have their height before they are rendered. */

export const GAP = 20;
/** Pixels below the thumbnail: two lines of title and a line of facts. Also in VideoCard.module.css. */
export const TEXT_HEIGHT = 72;
const MIN_CARD_WIDTH = 232;
const MIN_CARD_WIDTH_PHONE = 150;

export interface GridLayout {
  columns: number;
  /** Pixels, including the gap. */
  rowHeight: number;
}

/** Return the layout of a grid that is `width` pixels wide. */
export function gridLayout(width: number): GridLayout {
  const minWidth = width < 560 ? MIN_CARD_WIDTH_PHONE : MIN_CARD_WIDTH;
  const columns = Math.max(1, Math.floor((width + GAP) / (minWidth + GAP)));
  const card = (width - GAP * (columns - 1)) / columns;
  return { columns, rowHeight: Math.round((card * 9) / 16 + TEXT_HEIGHT + GAP) };
}

/** Return the card that a key moves the focus to; null if it does not move. */
export function nextIndex(key: string, index: number, columns: number, total: number): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    Home: -index,
    End: total - 1 - index,
  };
  const step = steps[key];
  if (step === undefined || step === 0) return null;
  const next = index + step;
  return next >= 0 && next < total ? next : null;
}
