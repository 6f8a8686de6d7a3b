/** Moments as marks above the seek bar. */

export interface Marked {
  id: string;
  start_time: number;
  end_time: number;
  title: string;
  score: number;
  is_kept: boolean;
}

/** Where on the bar, in percent of its width. */
export interface Band {
  left: number;
  width: number;
}

export function bandOf(moment: Marked, duration: number): Band | null {
  const part = (seconds: number) => Math.min(1, Math.max(0, seconds / duration)) * 100;
  const left = part(moment.start_time);
  const width = part(moment.end_time) - left;
  return width > 0 ? { left, width } : null;
}

/** The moment under a time: of several the shortest, which would otherwise be under another. */
export function markAt(moments: readonly Marked[], seconds: number): Marked | null {
  const under = moments.filter(({ start_time, end_time }) => start_time <= seconds && seconds <= end_time);
  return under.reduce<Marked | null>(
    (best, moment) =>
      !best || moment.end_time - moment.start_time < best.end_time - best.start_time ? moment : best,
    null,
  );
}

/** Which moment is played alone: its edges are the range's. */
export function isPlayedAlone(moment: Marked, start: number | null, end: number | null): boolean {
  const near = (one: number, other: number | null) => other !== null && Math.abs(one - other) < 0.05;
  return near(moment.start_time, start) && near(moment.end_time, end);
}
