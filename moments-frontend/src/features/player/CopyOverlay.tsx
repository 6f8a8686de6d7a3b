import { useMutation } from "@tanstack/react-query";
import { Download, FileVideo } from "lucide-react";
import type { ReactNode } from "react";
import { problemText } from "@/api/errors";
import { requestCopy } from "@/api/playback";
import { weightedPercent } from "@/api/run-status";
import { cancelRun, isActive } from "@/api/runs";
import type { RunState, VideoDetail } from "@/api/schema";
import { useRun } from "@/api/use-run";
import { downloadUrl, isCopyPending } from "@/api/videos";
import { t } from "@/i18n";
import { formatPercent, sentence } from "@/lib/format";
import { Button, LinkButton } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Progress } from "@/ui/Progress";
import { toastError } from "@/ui/Toasts";
import styles from "./VideoPlayer.module.css";

/** Shown over the picture while the playback copy does not exist. */
export function CopyOverlay({ video }: { video: VideoDetail }) {
  const run = useRun(video.id, "playback");
  const isActiveRun = run != null && isActive(run);
  return (
    <div className={styles.over}>
      {isCopyPending(video.playback) || isActiveRun ? (
        <Preparing video={video} run={isActiveRun ? run : null} />
      ) : (
        <NoCopy video={video} run={run ?? null} />
      )}
    </div>
  );
}

function Preparing({ video, run }: { video: VideoDetail; run: RunState | null }) {
  const { playback } = video;
  const percent = Math.floor((run && weightedPercent(run)) ?? playback.percent);
  const isQueued = run ? run.status === "queued" : playback.state === "queued";
  const cancel = useMutation({
    mutationFn: () => cancelRun(video.id, "playback"),
    onError: (error) => toastError(t("player.couldNotCancel"), error),
  });
  return (
    <div className={styles.preparing}>
      {/* Announced once, without the percentage, which changes all the time. */}
      <span role="status" className="visually-hidden">
        {t("player.preparing")}
      </span>
      <p className={styles.preparingTitle}>
        <span aria-hidden>{t("player.preparing")}</span> {!isQueued && <span>{formatPercent(percent)}</span>}
      </p>
      <Progress label={t("player.preparing")} percent={isQueued ? null : percent} />
      <p className={styles.preparingText}>
        {isQueued && t("player.waitingForRuns")} {playback.reason && sentence(playback.reason)}{" "}
        {t("player.playbackStarts")}
      </p>
      <div className={styles.preparingActions}>
        {/* A copy without a run is about to be queued. */}
        {run && (
          <Button
            size="s"
            isDisabled={run.cancel_requested}
            isPending={cancel.isPending}
            onPress={() => cancel.mutate()}
          >
            {run.cancel_requested ? t("player.cancelling") : t("common.cancel")}
          </Button>
        )}
        <DownloadButton video={video} size="s" />
      </div>
    </div>
  );
}

/** The copy failed, was cancelled or has not been requested. */
function NoCopy({ video, run }: { video: VideoDetail; run: RunState | null }) {
  const { reason } = video.playback;
  const error = run?.status === "failed" ? run.error : null;
  return (
    <EmptyState
      isSmall
      role="alert"
      icon={<FileVideo />}
      title={error ? t("player.copyFailed") : t("player.cannotPlay")}
      actions={
        <>
          <CopyButton video={video}>{error ? t("common.retry") : t("player.makeCopy")}</CopyButton>
          <DownloadButton video={video} />
        </>
      }
    >
      {error ? <p>{problemText(error)}</p> : reason && <p>{sentence(reason)}</p>}
      <p>{t("player.worksWithoutCopy")}</p>
    </EmptyState>
  );
}

interface CopyButtonProps {
  video: VideoDetail;
  children: string;
  /** Called once the copy has been requested. */
  onRequested?: () => void;
}

/** Requests a playback copy. */
export function CopyButton({ video, children, onRequested }: CopyButtonProps) {
  const request = useMutation({
    mutationFn: () => requestCopy(video.id),
    onSuccess: () => onRequested?.(),
    onError: (error) => toastError(t("player.couldNotRequestCopy"), error),
  });
  return (
    <Button variant="primary" isPending={request.isPending} onPress={() => request.mutate()}>
      {children}
    </Button>
  );
}

/** Downloads the original. */
export function DownloadButton({ video, size = "m" }: { video: VideoDetail; size?: "s" | "m" }): ReactNode {
  return (
    <LinkButton
      size={size}
      icon={<Download aria-hidden />}
      href={downloadUrl(video.id)}
      download={video.filename}
    >
      {t("player.download")}
    </LinkButton>
  );
}
