/** How the grid is divided. Everything is computed, nothing measured: a row has its height before it is drawn. */

export const GAP = 20;
/** Below the picture: a line of title and a line of facts. Also in VideoCard.module.css. */
export const TEXT_HEIGHT = 62;
const LEAST_WIDTH = 232;

export interface Layout {
  columns: number;
  /** Pixels, with the gap to the next one. */
  rowHeight: number;
}

/** Of a grid so many pixels wide. */
export function layoutOf(width: number): Layout {
  const least = width < 560 ? 150 : LEAST_WIDTH;
  const columns = Math.max(1, Math.floor((width + GAP) / (least + GAP)));
  const card = (width - GAP * (columns - 1)) / columns;
  return { columns, rowHeight: Math.round((card * 9) / 16 + TEXT_HEIGHT + GAP) };
}

/** Where an arrow key leads from the card `index`; null: nowhere. */
export function neighbour(key: string, index: number, columns: number, total: number): number | null {
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
