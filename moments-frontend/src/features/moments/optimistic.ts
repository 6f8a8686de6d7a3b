/** Optimistic updates of the moments list. */

import type { Moment, MomentUpdate } from "@/api/moments";

/** Return the ids of a moment and its refined versions, which are shown as one. */
function relatedIds(moments: readonly Moment[], id: string): ReadonlySet<string> {
  const one = moments.find((moment) => moment.id === id);
  const root = (one?.is_refined && one.parent_id) || id;
  const children = moments.filter(({ is_refined, parent_id }) => is_refined && parent_id === root);
  return new Set([id, root, ...children.map((moment) => moment.id)]);
}

/** Apply title, rating and kept to the whole family, times only to the moment itself. */
export function applyUpdate(moments: readonly Moment[], id: string, change: MomentUpdate): Moment[] {
  const { start_time, end_time, title, rating, is_kept } = change;
  const family = relatedIds(moments, id);
  const hasNewEdges = start_time != null || end_time != null;
  return moments.map((moment) => {
    if (!family.has(moment.id)) return moment;
    const updated = {
      ...moment,
      title: title ?? moment.title,
      rating: rating === undefined ? moment.rating : rating,
      is_kept: is_kept ?? (moment.is_kept || hasNewEdges),
    };
    if (moment.id !== id || !hasNewEdges) return updated;
    return {
      ...updated,
      start_time: start_time ?? moment.start_time,
      end_time: end_time ?? moment.end_time,
      is_edited: true,
    };
  });
}

/** Replace the moment `id` by the API's response, which has a new id if the times changed. */
export function applyServerResult(moments: readonly Moment[], id: string, response: Moment): Moment[] {
  if (response.id === id) return moments.map((moment) => (moment.id === id ? response : moment));
  const family = relatedIds(moments, id);
  return [...moments.filter((moment) => !family.has(moment.id) && moment.id !== response.id), response];
}

export function removeMoment(moments: readonly Moment[], id: string): Moment[] {
  const family = relatedIds(moments, id);
  return moments.filter((moment) => !family.has(moment.id));
}

/** Replace moments, with their refined versions, by others. */
export function replaceMoments(
  moments: readonly Moment[],
  removed: readonly string[],
  added: readonly Moment[],
): Moment[] {
  let rest = [...moments];
  for (const id of removed) rest = removeMoment(rest, id);
  const ids = new Set(added.map(({ id }) => id));
  return [...rest.filter(({ id }) => !ids.has(id)), ...added];
}
