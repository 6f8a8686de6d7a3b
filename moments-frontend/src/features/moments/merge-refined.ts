import type { Moment } from "@/api/moments";

export interface ShownMoment extends Moment {
  /** Id used for the clip: that of the original moment. */
  clipId: string;
}

/** Return each moment once, in its refined version if it has one, ordered by time. */
export function mergeRefined(moments: readonly Moment[]): ShownMoment[] {
  const found = new Map(moments.filter(({ is_refined }) => !is_refined).map((moment) => [moment.id, moment]));
  const shown = new Map<string, ShownMoment>();
  for (const [id, moment] of found) shown.set(id, { ...moment, clipId: id });
  for (const moment of moments) {
    if (!moment.is_refined) continue;
    const clipId = moment.parent_id ?? moment.id;
    const parent = found.get(clipId);
    shown.set(clipId, {
      ...moment,
      clipId,
      rating: moment.rating ?? parent?.rating ?? null,
      is_kept: moment.is_kept || (parent?.is_kept ?? false),
      is_edited: moment.is_edited || (parent?.is_edited ?? false),
    });
  }
  return [...shown.values()].sort(byTime);
}

export function byTime(one: Moment, other: Moment): number {
  return one.start_time - other.start_time || one.end_time - other.end_time;
}
