/** Where somebody was in each video, so that they go on there; kept in this browser. */

import { asRecord, readStored, store } from "./preferences";

const KEY = "videomoments:positions";
/** Of more videos than this the ones watched longest ago are forgotten. */
const MOST = 300;
const FIRST_SECONDS = 10;
const LAST_PART = 0.95;

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
    Object.entries(asRecord(text)).filter((entry): entry is [string, Position] => isPosition(entry[1])),
  );
}

/** Whether it is worth going on from there: not from its very start, nor once it was as good as seen. */
export function isWorthKeeping(seconds: number, duration: number): boolean {
  return seconds >= FIRST_SECONDS && seconds <= duration * LAST_PART;
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
  if (!isWorthKeeping(seconds, duration)) return others;
  const latest = Object.entries(others)
    .sort(([, one], [, other]) => other.at - one.at)
    .slice(0, MOST - 1);
  return Object.fromEntries([[videoId, { seconds, at: now }], ...latest]);
}

export function readPosition(videoId: string): number | null {
  return parsePositions(readStored(KEY))[videoId]?.seconds ?? null;
}

export function keepPosition(videoId: string, seconds: number, duration: number): void {
  const positions = parsePositions(readStored(KEY)); // another tab may have written meanwhile
  store(KEY, JSON.stringify(withPosition(positions, videoId, seconds, duration, Date.now())));
}
