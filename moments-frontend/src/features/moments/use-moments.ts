import { useQuery } from "@tanstack/react-query";
import { type Moment, momentsQuery } from "@/api/moments";
import { mergeRefined, type ShownMoment } from "./merge-refined";

const NONE: readonly ShownMoment[] = [];
const merged = (moments: Moment[] | null) => moments && mergeRefined(moments);

/** The video's moments with what is known of the asking; `data` is null where nobody looked for any yet. */
export function useMoments(videoId: string) {
  return useQuery({ ...momentsQuery(videoId), select: merged });
}

/** The video's moments, each once, in order of time; none while they are not known. */
export function useShownMoments(videoId: string): readonly ShownMoment[] {
  return useMoments(videoId).data ?? NONE;
}
