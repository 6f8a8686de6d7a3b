/** Where somebody was in each video, so that they go on there; kept in this browser. */

import { asRecord, parseJson, readStored, writeStored } from "@/lib/storage";

const STORAGE_KEY = "positions";
/** Of more videos than this the ones watched longest ago are forgotten. */
const MAX_VIDEOS = 300;
const MIN_SECONDS = 10;
const MAX_SHARE = 0.95;

export interface Position {
  seconds: number;
  /** When it was noted, in milliseconds since 1970. */
  at: number;
}
export type Positions = Readonly<Record<string, Position>>;

export function parsePositions(text: string | null): Positions {
  const isPosition = (value: unknown): value is Position =>
    typeof value === "object" &&
    value !== null &&
    typeof (value as Position).seconds === "number" &&
    typeof (value as Position).at === "number";
  return Object.fromEntries(
    Object.entries(asRecord(parseJson(text))).filter((entry): entry is [string, Position] =>
      isPosition(entry[1]),
    ),
  );
}

/** Whether it is worth going on from there: not from its very start, nor once it was as good as seen. */
export function shouldSavePosition(seconds: number, duration: number): boolean {
  return seconds >= MIN_SECONDS && seconds <= duration * MAX_SHARE;
}

/** The positions with this one in them, or without the video where it is not worth keeping. */
export function withPosition(
  positions: Positions,
  videoId: string,
  seconds: number,
  duration: number,
  now: number,
): Positions {
  const { [videoId]: _, ...others } = positions;
  if (!shouldSavePosition(seconds, duration)) return others;
  const latest = Object.entries(others)
    .sort(([, one], [, other]) => other.at - one.at)
    .slice(0, MAX_VIDEOS - 1);
  return Object.fromEntries([[videoId, { seconds, at: now }], ...latest]);
}

export function loadPosition(videoId: string): number | null {
  return parsePositions(readStored(STORAGE_KEY))[videoId]?.seconds ?? null;
}

export function savePosition(videoId: string, seconds: number, duration: number): void {
  const positions = parsePositions(readStored(STORAGE_KEY)); // another tab may have written meanwhile
  writeStored(STORAGE_KEY, JSON.stringify(withPosition(positions, videoId, seconds, duration, Date.now())));
}
