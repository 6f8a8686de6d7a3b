import { useMutation } from "@tanstack/react-query";
import { TriangleAlert, X } from "lucide-react";
import { useState } from "react";
import { statusText, weightedPercent } from "@/api/run-status";
import { cancelRun, isActive, retryRun } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { formatDuration, sentence } from "@/lib/format";
import { useElapsedSeconds } from "@/lib/use-now";
import { Button, IconButton } from "@/ui/Button";
import { Progress } from "@/ui/Progress";
import { toastError } from "@/ui/Toasts";
import styles from "./MomentsPanel.module.css";

/** Above the moments: how far the run is that goes on, or why the last one failed. */
export function RunBanner({ run }: { run: RunState }) {
  const [closed, setClosed] = useState<string | null>(null);
  if (isActive(run)) return <RunProgress run={run} />;
  if (run.status !== "failed" || run.request_id === closed) return null;
  return (
    <div className={styles.failed} role="alert">
      <TriangleAlert aria-hidden />
      <div className={styles.failedText}>
        <RunFailure run={run} />
      </div>
      <IconButton label="Close" size="s" icon={<X />} onPress={() => setClosed(run.request_id)} />
    </div>
  );
}

/** The cause, what to do about it, and another try. */
function RunFailure({ run }: { run: RunState }) {
  return (
    <>
      <p className={styles.failedTitle}>{run.error?.title ?? "The last run failed"}</p>
      {run.error && <p>{sentence(run.error.detail)}</p>}
      {run.error?.remedy && <p>{sentence(run.error.remedy)}</p>}
      <RetryButton videoId={run.video_id}>Try again</RetryButton>
    </>
  );
}

/** Takes up a run that failed or was cancelled, where it ended. */
export function RetryButton({ videoId, children }: { videoId: string; children: string }) {
  const retry = useMutation({
    mutationFn: () => retryRun(videoId),
    onError: (error) => toastError("It could not be tried again", error),
  });
  return (
    <Button size="s" isPending={retry.isPending} onPress={() => retry.mutate()}>
      {children}
    </Button>
  );
}

/** What goes on, how far it is, since when; and the way to stop it. */
export function RunProgress({ run }: { run: RunState }) {
  const seconds = useElapsedSeconds(run.started_at ?? run.created_at);
  const percent = weightedPercent(run);
  const words = statusText(run);
  const stage = run.current_stage === null ? undefined : run.stages[run.current_stage];
  const cancel = useMutation({
    mutationFn: () => cancelRun(run.video_id),
    onError: (error) => toastError("It could not be cancelled", error),
  });
  return (
    <section aria-label="Run" className={styles.running}>
      {/* The line under the title is what is read out. */}
      <p className={styles.doing}>{words}</p>
      <p className={styles.far}>
        {stage?.items_total != null && (
          <span>
            {Math.floor(stage.items_done ?? 0)} of {stage.items_total}
          </span>
        )}
        {percent !== null && <span>{Math.round(percent)} %</span>}
        <span>{formatDuration(seconds)}</span>
      </p>
      <Progress label={words} percent={percent} />
      <Button
        size="s"
        variant="ghost"
        isDisabled={run.cancel_requested}
        isPending={cancel.isPending}
        onPress={() => cancel.mutate()}
      >
        Cancel
      </Button>
    </section>
  );
}
