import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { client, dataOf } from "@/api/client";
import { readAnew } from "@/api/query-client";
import { type RunRequest, runQuery, startRun } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { useLiveRun } from "@/features/runs/live-runs";
import { toastError } from "@/ui/Toasts";
import { askedBefore } from "./options";

/** The video's last run, as it is now: null when it never had one, undefined while that is not known. */
export function useRun(videoId: string): RunState | null | undefined {
  const live = useLiveRun(videoId);
  const last = useQuery(runQuery(videoId)).data;
  // A run that was just asked for is known here before the stream tells of it.
  if (live && last && last.created_at > live.created_at) return last;
  return live ?? last;
}

/** Ask for a run of this video. */
export function useStart(videoId: string) {
  return useMutation({
    mutationFn: (request: RunRequest) => startRun({ ...request, video_id: videoId }),
    onSettled: () => readAnew(runQuery(videoId).queryKey),
  });
}

/** Have cut what has no clip. The moments themselves stay as they are. */
export function useCut(videoId: string) {
  return useMutation({
    mutationFn: async () => {
      const query = { video_id: videoId, limit: 50 };
      const runs = await dataOf(client.GET("/api/pipeline", { params: { query } }));
      return startRun({ ...askedBefore(runs), video_id: videoId });
    },
    onError: (error) => toastError("The clip cannot be cut now", error),
    onSettled: () => readAnew(runQuery(videoId).queryKey),
  });
}

/** Seconds since then, counted on every second; null where there is no then. */
export function useSecondsSince(iso: string | null | undefined): number | null {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!iso) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [iso]);
  return iso ? Math.max(0, (now - Date.parse(iso)) / 1000) : null;
}
