/** What a change makes of the list of moments, before the API has said so. */

import type { Moment, MomentUpdate } from "@/api/moments";

/** The ids that are one moment to people: one as it was found, and what it was refined to. */
function relatedIds(moments: readonly Moment[], id: string): ReadonlySet<string> {
  const one = moments.find((moment) => moment.id === id);
  const root = (one?.is_refined && one.parent_id) || id;
  const children = moments.filter(({ is_refined, parent_id }) => is_refined && parent_id === root);
  return new Set([id, root, ...children.map((moment) => moment.id)]);
}

/** What is said of one holds for the whole family; edges are the shown one's own. */
export function applyUpdate(moments: readonly Moment[], id: string, change: MomentUpdate): Moment[] {
  const { start_time, end_time, title, rating, is_kept } = change;
  const family = relatedIds(moments, id);
  const hasNewEdges = start_time != null || end_time != null;
  return moments.map((moment) => {
    if (!family.has(moment.id)) return moment;
    const said = {
      ...moment,
      title: title ?? moment.title,
      rating: rating === undefined ? moment.rating : rating,
      is_kept: is_kept ?? (moment.is_kept || hasNewEdges),
    };
    if (moment.id !== id || !hasNewEdges) return said;
    return {
      ...said,
      start_time: start_time ?? moment.start_time,
      end_time: end_time ?? moment.end_time,
      is_edited: true,
    };
  });
}

/** The API's answer instead of what was there under `id`: a moment with other edges has another id. */
export function applyServerResult(moments: readonly Moment[], id: string, answer: Moment): Moment[] {
  if (answer.id === id) return moments.map((moment) => (moment.id === id ? answer : moment));
  const family = relatedIds(moments, id);
  return [...moments.filter((moment) => !family.has(moment.id) && moment.id !== answer.id), answer];
}

export function removeMoment(moments: readonly Moment[], id: string): Moment[] {
  const family = relatedIds(moments, id);
  return moments.filter((moment) => !family.has(moment.id));
}
