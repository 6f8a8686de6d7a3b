/** Resume positions of recently watched videos, stored in this browser. */

import { asRecord, parseJson, readStored, writeStored } from "@/lib/storage";

const STORAGE_KEY = "positions";
/** Maximum number of positions; the least recently watched are dropped. */
const MAX_VIDEOS = 300;
const MIN_SECONDS = 10;
const MAX_SHARE = 0.95;

export interface Position {
  seconds: number;
  /** Time of the last update, in milliseconds since 1970. */
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

/** Return whether to offer resuming: not near the start or the end of the video. */
export function shouldSavePosition(seconds: number, duration: number): boolean {
  return seconds >= MIN_SECONDS && seconds <= duration * MAX_SHARE;
}

/** Return the positions with this one added, or removed if resuming is not useful. */
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
  const positions = parsePositions(readStored(STORAGE_KEY)); // another tab may have changed them
  writeStored(STORAGE_KEY, JSON.stringify(withPosition(positions, videoId, seconds, duration, Date.now())));
}

/** The position that the server stored, and when it was stored there; without a position the video was finished. */
export interface ServerPosition {
  seconds: number | null;
  at: string | null;
}

/** Use the server's position if it is newer than this browser's: the video was continued elsewhere. */
export function withServerPosition(positions: Positions, videoId: string, server: ServerPosition): Positions {
  const at = server.at === null ? Number.NaN : Date.parse(server.at);
  if (Number.isNaN(at) || at <= (positions[videoId]?.at ?? 0)) return positions;
  const { [videoId]: _, ...others } = positions;
  return server.seconds === null ? others : { ...others, [videoId]: { seconds: server.seconds, at } };
}

export function adoptPosition(videoId: string, server: ServerPosition): void {
  const positions = parsePositions(readStored(STORAGE_KEY));
  const adopted = withServerPosition(positions, videoId, server);
  if (adopted !== positions) writeStored(STORAGE_KEY, JSON.stringify(adopted));
}
