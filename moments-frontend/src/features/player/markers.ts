/** Moments as marks above the seek bar. */

export interface Marker {
  id: string;
  start_time: number;
  end_time: number;
  title: string;
  score: number;
  is_kept: boolean;
}

/** Where on the bar, in percent of its width. */
export interface MarkerRange {
  left: number;
  width: number;
}

export function markerRange(moment: Marker, duration: number): MarkerRange | null {
  const part = (seconds: number) => Math.min(1, Math.max(0, seconds / duration)) * 100;
  const left = part(moment.start_time);
  const width = part(moment.end_time) - left;
  return width > 0 ? { left, width } : null;
}

/** The moment under a time: of several the shortest, which would otherwise be under another. */
export function markerAt(moments: readonly Marker[], seconds: number): Marker | null {
  const under = moments.filter(({ start_time, end_time }) => start_time <= seconds && seconds <= end_time);
  return under.reduce<Marker | null>(
    (best, moment) =>
      !best || moment.end_time - moment.start_time < best.end_time - best.start_time ? moment : best,
    null,
  );
}

interface Timed {
  start_time: number;
}

/** Less than this into a moment, going back means the one before. */
const JUST_BEGUN_SECONDS = 1.5;
/** A seek may end a little before where it was sent. */
const NEAR_SECONDS = 0.25;

/** The moment that begins next after a time, or last before it; null where there is none. */
export function adjacentMoment<Of extends Timed>(
  moments: readonly Of[],
  time: number,
  step: 1 | -1,
): Of | null {
  const inOrder = moments.toSorted((one, other) => one.start_time - other.start_time);
  const next =
    step > 0
      ? inOrder.find(({ start_time }) => start_time > time + NEAR_SECONDS)
      : inOrder.findLast(({ start_time }) => start_time < time - JUST_BEGUN_SECONDS);
  return next ?? null;
}
