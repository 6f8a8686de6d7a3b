import type { VideoFilter } from "@/api/videos";

/** What the library's address asks for. */
export function filterOf(parameters: URLSearchParams): VideoFilter {
  const filter: VideoFilter = {};
  const q = parameters.get("q")?.trim();
  if (q) filter.q = q;
  return filter;
}
