import { useMutation } from "@tanstack/react-query";
import { TriangleAlert, X } from "lucide-react";
import { useState } from "react";
import { problemText } from "@/api/errors";
import { statusText, weightedPercent } from "@/api/run-status";
import { cancelRun, isActive, retryRun } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { t } from "@/i18n";
import { formatDuration, formatPercent } from "@/lib/format";
import { useElapsedSeconds } from "@/lib/use-now";
import { Button, IconButton } from "@/ui/Button";
import { Progress } from "@/ui/Progress";
import { toastError } from "@/ui/Toasts";
import styles from "./MomentsPanel.module.css";

/** Progress of the active run, or the cause of the last failure. */
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
      <IconButton label={t("common.close")} size="s" icon={<X />} onPress={() => setClosed(run.request_id)} />
    </div>
  );
}

/** Cause, remedy and retry button of a failed run. */
function RunFailure({ run }: { run: RunState }) {
  return (
    <>
      <p className={styles.failedTitle}>{run.error?.title ?? t("moments.theLastRunFailed")}</p>
      {run.error && <p>{problemText(run.error)}</p>}
      <RetryButton videoId={run.video_id}>{t("common.retry")}</RetryButton>
    </>
  );
}

/** Resumes a failed or cancelled run at the stage where it stopped. */
export function RetryButton({ videoId, children }: { videoId: string; children: string }) {
  const retry = useMutation({
    mutationFn: () => retryRun(videoId, "moments"),
    onError: (error) => toastError(t("moments.couldNotRetry"), error),
  });
  return (
    <Button size="s" isPending={retry.isPending} onPress={() => retry.mutate()}>
      {children}
    </Button>
  );
}

/** Activity, percent, elapsed time and cancel button of an active run. */
export function RunProgress({ run }: { run: RunState }) {
  const seconds = useElapsedSeconds(run.started_at ?? run.created_at);
  const percent = weightedPercent(run);
  const status = statusText(run);
  const stage = run.current_stage === null ? undefined : run.stages[run.current_stage];
  const cancel = useMutation({
    mutationFn: () => cancelRun(run.video_id, run.kind),
    onError: (error) => toastError(t("moments.couldNotCancel"), error),
  });
  return (
    <section aria-label={t("moments.run")} className={styles.running}>
      {/* The status under the page title is the live region. */}
      <p className={styles.doing}>{status}</p>
      <p className={styles.far}>
        {stage?.items_total != null && (
          <span>
            {t("moments.progress", { done: Math.floor(stage.items_done ?? 0), total: stage.items_total })}
          </span>
        )}
        {percent !== null && <span>{formatPercent(percent)}</span>}
        <span>{formatDuration(seconds)}</span>
      </p>
      <Progress label={status} percent={percent} />
      <Button
        size="s"
        variant="ghost"
        isDisabled={run.cancel_requested}
        isPending={cancel.isPending}
        onPress={() => cancel.mutate()}
      >
        {t("common.cancel")}
      </Button>
    </section>
  );
}
