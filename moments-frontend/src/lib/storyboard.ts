/** Storyboards: WebVTT cues that name a rectangle of a sprite sheet (`#xywh=x,y,width,height`). */

export interface Tile {
  /** Seconds. */
  start: number;
  end: number;
  /** Pixels in the sheet. */
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface StoryboardTrack {
  /** URL of the sheet, as written in the track. */
  image: string;
  tiles: readonly Tile[];
}

const TIMING = /^((?:\d+:)?\d{2}:\d{2}\.\d{3})\s+-->\s+((?:\d+:)?\d{2}:\d{2}\.\d{3})/;
const TARGET = /^(.*)#xywh=(\d+),(\d+),(\d+),(\d+)$/;

/** Parse a storyboard track; null if it contains no tiles. Only cues of the first sheet are kept. */
export function parseStoryboard(text: string): StoryboardTrack | null {
  const tiles: Tile[] = [];
  let image: string | null = null;
  for (const block of text.split(/\r?\n\s*\r?\n/)) {
    const lines = block.split(/\r?\n/);
    const at = lines.findIndex((line) => TIMING.test(line));
    const timing = TIMING.exec(lines[at] ?? "");
    const target = TARGET.exec(lines[at + 1]?.trim() ?? "");
    if (!timing || !target) continue;
    image ??= target[1] ?? "";
    const [x = 0, y = 0, width = 0, height = 0] = target.slice(2).map(Number);
    if (image !== target[1] || width === 0 || height === 0) continue;
    tiles.push({ start: secondsOf(timing[1] ?? ""), end: secondsOf(timing[2] ?? ""), x, y, width, height });
  }
  return image === null || tiles.length === 0 ? null : { image, tiles };
}

function secondsOf(time: string): number {
  return time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** Return the tile that shows a time: the last one that starts before it. */
export function tileAt(tiles: readonly Tile[], seconds: number): Tile | undefined {
  return tiles.findLast(({ start }) => start <= seconds) ?? tiles[0];
}
