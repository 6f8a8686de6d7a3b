import type { Moment } from "@/api/moments";

export function moment(id: string, start: number, end: number, more: Partial<Moment> = {}): Moment {
  return {
    id,
    start_time: start,
    end_time: end,
    title: id,
    score: 5,
    is_refined: false,
    parent_id: null,
    quote: null,
    reason: null,
    scores: null,
    replaces: [],
    model: null,
    prompt_version: null,
    rating: null,
    is_kept: false,
    is_edited: false,
    ...more,
  };
}
