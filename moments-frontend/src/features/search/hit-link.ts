import type { SearchHit } from "@/api/search";
import { hitPath, watchPath } from "@/lib/routes";

/** Return the path that opens a hit: sentences with their marks, moments as a range, others at their start. */
export function hitUrl(hit: SearchHit, query: string): string {
  const { video, kind, start_time: seconds, end_time: end } = hit;
  if (kind === "segment") return hitPath(video.id, { query, seconds, isByMeaning: hit.match === "meaning" });
  if (kind === "moment") return `${watchPath(video.id)}#t=${seconds},${end}`;
  return kind === "chapter" ? watchPath(video.id, Math.ceil(seconds)) : watchPath(video.id);
}
