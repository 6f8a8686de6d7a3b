import { useMutation } from "@tanstack/react-query";
import { client, unwrap } from "@/api/client";
import { invalidate } from "@/api/query-client";
import { runQuery, startRun } from "@/api/runs";
import { t } from "@/i18n";
import { toastError } from "@/ui/Toasts";
import { lastRunOptions } from "./run-options";

/** Start a run that cuts missing clips and reuses the moments. */
export function useCutClips(videoId: string) {
  return useMutation({
    mutationFn: async () => {
      const query = { video_id: videoId, kind: "moments", limit: 50 } as const;
      const runs = await unwrap(client.GET("/api/pipeline", { params: { query } }));
      return startRun({ ...lastRunOptions(runs), video_id: videoId });
    },
    onError: (error) => toastError(t("moments.couldNotCreateTheClip"), error),
    onSettled: () => invalidate(runQuery(videoId).queryKey),
  });
}
