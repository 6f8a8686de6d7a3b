/** A moment of the user's own, made from a hit. */

import type { NewMoment } from "@/api/moments";
import type { SearchHit } from "@/api/search";
import { shorten } from "@/lib/text-ranges";

/** Shortest moment that the API accepts, in seconds. */
const MIN_SECONDS = 1;
const MAX_TITLE = 80;

/** Return the moment of a hit's sentence; a very short one is extended within the video. */
export function momentOf({ text, start_time: from, end_time: to, video }: SearchHit): NewMoment {
  const last = video.duration_seconds ?? Number.POSITIVE_INFINITY;
  const end = Math.min(last, Math.max(to, from + MIN_SECONDS));
  const start = Math.max(0, Math.min(from, end - MIN_SECONDS));
  return { start_time: start, end_time: end, title: shorten(text, MAX_TITLE) };
}
