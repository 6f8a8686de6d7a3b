import { useQuery } from "@tanstack/react-query";
import { type Moment, momentsQuery } from "@/api/moments";
import { mergeRefined, type ShownMoment } from "./merge-refined";

const NONE: readonly ShownMoment[] = [];
const merged = (moments: Moment[] | null) => moments && mergeRefined(moments);

/** Query the moments of a video; `data` is null if they were never generated. */
export function useMoments(videoId: string) {
  return useQuery({ ...momentsQuery(videoId), select: merged });
}

/** Return the merged moments of a video, or an empty list while loading. */
export function useShownMoments(videoId: string): readonly ShownMoment[] {
  return useMoments(videoId).data ?? NONE;
}
