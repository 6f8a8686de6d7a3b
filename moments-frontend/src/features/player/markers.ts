/** Moment markers above the seek bar. */

export interface Marker {
  id: string;
  start_time: number;
  end_time: number;
  title: string;
  score: number;
  is_kept: boolean;
}

/** Position on the seek bar, in percent of its width. */
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

/** Return the shortest moment that contains a time, because longer ones would hide it. */
export function markerAt(moments: readonly Marker[], seconds: number): Marker | null {
  const under = moments.filter(({ start_time, end_time }) => start_time <= seconds && seconds <= end_time);
  return under.reduce<Marker | null>(
    (best, moment) =>
      !best || moment.end_time - moment.start_time < best.end_time - best.start_time ? moment : best,
    null,
  );
}

/** A chapter. */
export interface Section {
  start_time: number;
  end_time: number;
  title: string;
}

/** Return the chapter that contains a time. */
export function sectionAt(sections: readonly Section[], seconds: number): Section | null {
  return sections.find(({ start_time, end_time }) => start_time <= seconds && seconds < end_time) ?? null;
}

interface Timed {
  start_time: number;
}

/** Within this time after a moment's start, "previous" selects the moment before it. */
const JUST_BEGUN_SECONDS = 1.5;
/** Tolerance for seeks that end slightly before their target. */
const NEAR_SECONDS = 0.25;

/** Return the next (`step` 1) or previous (`step` -1) moment or chapter relative to `time`. */
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
