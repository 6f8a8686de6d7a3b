import { useQuery } from "@tanstack/react-query";
import { momentsQuery } from "@/api/moments";
import type { MarkedMoment } from "@/api/schema";
import { mergeRefined, type ShownMoment } from "./merge";

const NONE: readonly ShownMoment[] = [];
const merged = (moments: MarkedMoment[] | null) => moments && mergeRefined(moments);

/** The video's moments with what is known of the asking; `data` is null where nobody looked for any yet. */
export function useMoments(videoId: string) {
  return useQuery({ ...momentsQuery(videoId), select: merged });
}

/** The video's moments, each once, in order of time; none while they are not known. */
export function useShownMoments(videoId: string): readonly ShownMoment[] {
  return useMoments(videoId).data ?? NONE;
}
