import { useMutation, useQuery } from "@tanstack/react-query";
import { invalidate } from "./query-client";
import { useLiveRun } from "./run-events";
import { isActive, type RunRequest, runQuery, startRun } from "./runs";
import type { RunState } from "./schema";
import type { RunKind } from "./stages";

/** Return the video's latest run of a kind: null if it never had one, undefined while loading. */
export function useRun(videoId: string, kind: RunKind = "moments"): RunState | null | undefined {
  const live = useLiveRun(videoId, kind);
  const last = useQuery(runQuery(videoId, kind)).data;
  // A run started by this page is in the query before its first event arrives.
  if (live && last && last.created_at > live.created_at) return last;
  return live ?? last;
}

/** Return the video's run if it is queued or in progress. */
export function useActiveRun(videoId: string): RunState | undefined {
  const run = useRun(videoId);
  return run && isActive(run) ? run : undefined;
}

/** Start a run of the video. */
export function useStartRun(videoId: string) {
  return useMutation({
    mutationFn: (request: RunRequest) => startRun({ ...request, video_id: videoId }),
    onSettled: () => invalidate(runQuery(videoId).queryKey),
  });
}
