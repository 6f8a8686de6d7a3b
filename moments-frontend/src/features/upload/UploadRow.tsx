import { Pause, Play, RotateCw, X } from "lucide-react";
import { memo, useState } from "react";
import { FileTrigger } from "react-aria-components/FileTrigger";
import { Link } from "wouter";
import { useLiveRun } from "@/api/run-events";
import { statusText, weightedPercent } from "@/api/run-status";
import { isActive } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { isDone, stageOf } from "@/api/stages";
import { t } from "@/i18n";
import { formatBytes, formatDuration } from "@/lib/format";
import { RUNS_PATH, watchPath } from "@/lib/routes";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import dock from "@/ui/Dock.module.css";
import { Progress } from "@/ui/Progress";
import { isFollowed } from "./follow-runs";
import { ACCEPTED } from "./parse";
import { canWatch, explanation, FINISHED, percentOf, statusLabel, type UploadItem } from "./store";
import {
  cancelItem,
  canRetry,
  discardPending,
  forceUpload,
  resumeWithFile,
  retryItem,
  togglePause,
} from "./uploader";

/** One upload: its progress, its result, and its actions. */
export const UploadRow = memo(function UploadRow({ item: stored }: { item: UploadItem }) {
  const run = useRunOf(stored);
  const item = run ? withDownload(stored, run) : stored;
  const { name, folder, status } = item;
  const isProcessing = run && status === "processing";
  const label = isProcessing
    ? t("upload.statusProcessing", { activity: statusText(run) })
    : statusLabel(item);
  const percent = isProcessing ? weightedPercent(run) : percentOf(item);
  const cause = explanation(item);
  return (
    <li className={dock.row}>
      <span className={dock.name} title={folder === "" ? name : `${folder}/${name}`}>
        {name}
      </span>
      <Actions item={item} />
      <span
        className={cx(dock.state, "tabular", (status === "failed" || status === "runFailed") && dock.failed)}
      >
        {[label, ...transferFacts(item)].join(" · ")}
      </span>
      {!FINISHED.includes(status) && <Progress className={dock.bar} label={name} percent={percent} />}
      {status === "incomplete" && <ResumeButton item={item} />}
      {cause !== null && <span className={dock.cause}>{cause}</span>}
      <Links item={item} />
    </li>
  );
});

function transferFacts({ status, done, total, secondsLeft }: UploadItem): string[] {
  if (FINISHED.includes(status) || status === "processing") return [];
  const facts: string[] = [];
  if (done > 0) {
    const values = { done: formatBytes(done), total: formatBytes(total) };
    facts.push(total ? t("upload.bytesOf", values) : values.done);
  }
  if (secondsLeft !== null) facts.push(t("upload.timeLeft", { time: formatDuration(secondsLeft) }));
  return facts;
}

function Actions({ item }: { item: UploadItem }) {
  const { name, status } = item;
  const isPaused = status === "paused";
  return (
    <span className={dock.buttons}>
      {(status === "uploading" || isPaused) && item.kind === "file" && (
        <IconButton
          size="s"
          label={t(isPaused ? "upload.resume" : "upload.pause", { name })}
          icon={isPaused ? <Play /> : <Pause />}
          onPress={() => togglePause(item)}
        />
      )}
      {canRetry(item) && (
        <IconButton
          size="s"
          label={t("upload.retry", { name })}
          icon={<RotateCw />}
          onPress={() => void retryItem(item)}
        />
      )}
      <IconButton
        size="s"
        // The run continues without its row.
        label={t(FINISHED.includes(status) || isFollowed(item) ? "upload.dismissItem" : "upload.cancelItem", {
          name,
        })}
        icon={<X />}
        onPress={() => (status === "incomplete" ? void discardPending(item) : cancelItem(item))}
      />
    </span>
  );
}

function Links({ item }: { item: UploadItem }) {
  const { kind, runId, videoId, status, problem } = item;
  if (!FINISHED.includes(status) && status !== "processing") return null;
  const hasRun = runId !== null;
  const canForce = kind === "file" && status === "duplicate" && problem !== null;
  if (!canWatch(item) && !hasRun && !canForce) return null;
  return (
    <span className={dock.links}>
      {videoId !== null && canWatch(item) && (
        <Link to={watchPath(videoId)} aria-label={t("upload.watchItem", { name: item.name })}>
          {t("upload.watch")}
        </Link>
      )}
      {canForce && (
        <Button size="s" onPress={() => void forceUpload(item)}>
          {t("upload.addAnyway")}
        </Button>
      )}
      {hasRun && <Link to={RUNS_PATH}>{t("upload.viewRun")}</Link>}
    </span>
  );
}

/** Asks for the file again, because browsers do not let a page reopen it. */
function ResumeButton({ item }: { item: UploadItem }) {
  const [isOtherFile, setOtherFile] = useState(false);
  return (
    <span className={dock.links}>
      <FileTrigger
        acceptedFileTypes={ACCEPTED}
        onSelect={(files) => files?.[0] && setOtherFile(!resumeWithFile(item, files[0]))}
      >
        <Button size="s">{t("upload.selectToResume")}</Button>
      </FileTrigger>
      {isOtherFile && <span role="alert">{t("upload.otherFile")}</span>}
    </span>
  );
}

/** Return the run of an item that the server works on, once its events arrive. */
function useRunOf(item: UploadItem): RunState | null {
  const run = useLiveRun(item.videoId ?? "");
  return isFollowed(item) && run && run.request_id === item.runId && isActive(run) ? run : null;
}

/** Return the item with the progress of the download of its link. */
function withDownload(item: UploadItem, run: RunState): UploadItem {
  if (item.status !== "downloading") return item;
  const stage = stageOf(run, "video_download");
  if (isDone(stage)) return { ...item, status: "processing" };
  return { ...item, done: stage.bytes_done ?? 0, total: stage.bytes_total };
}
