import { useMutation } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import { invalidate } from "@/api/query-client";
import { runQuery, startRun } from "@/api/runs";
import { toastError } from "@/ui/Toasts";
import { lastRunOptions } from "./run-options";

/** Have cut what has no clip. The moments themselves stay as they are. */
export function useCutClips(videoId: string) {
  return useMutation({
    mutationFn: async () => {
      const query = { video_id: videoId, limit: 50 };
      const runs = await unwrap(client.GET("/api/pipeline", { params: { query } }));
      return startRun({ ...lastRunOptions(runs), video_id: videoId });
    },
    onError: (error) => toastError("The clip cannot be cut now", error),
    onSettled: () => invalidate(runQuery(videoId).queryKey),
  });
}
