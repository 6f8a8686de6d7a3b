import { Pause, Play, RotateCw, X } from "lucide-react";
import { useState } from "react";
import { FileTrigger } from "react-aria-components/FileTrigger";
import { Link } from "wouter";
import { useLiveRun } from "@/api/run-events";
import { isDone, stageOf } from "@/api/stages";
import { formatBytes, formatDuration } from "@/lib/format";
import { RUNS_PATH, watchPath } from "@/lib/routes";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Progress } from "@/ui/Progress";
import { ACCEPTED } from "./parse";
import { explanation, FINISHED, percentOf, statusLabel, type UploadItem } from "./store";
import styles from "./UploadPanel.module.css";
import { cancelItem, discardPending, forceUpload, resumeWithFile, retryItem, togglePause } from "./uploader";

/** One upload: its progress, its result, and its actions. */
export function UploadRow({ item: stored }: { item: UploadItem }) {
  const item = useDownloadProgress(stored);
  const { name, status, done, total, secondsLeft } = item;
  const cause = explanation(item);
  const isFinished = FINISHED.includes(status);
  return (
    <li className={styles.row}>
      <span className={styles.name} title={name}>
        {name}
      </span>
      <Actions item={item} />
      <span className={cx(styles.state, "tabular", status === "failed" && styles.failed)}>
        {statusLabel(item)}
        {!isFinished && done > 0 && ` · ${formatBytes(done)}${total ? ` of ${formatBytes(total)}` : ""}`}
        {!isFinished && secondsLeft !== null && ` · ${formatDuration(secondsLeft)} left`}
      </span>
      {!isFinished && <Progress className={styles.bar} label={name} percent={percentOf(item)} />}
      {status === "incomplete" && <ResumeButton item={item} />}
      {cause !== null && <span className={styles.cause}>{cause}</span>}
      <Links item={item} />
    </li>
  );
}

function Actions({ item }: { item: UploadItem }) {
  const { name, status } = item;
  const isPaused = status === "paused";
  return (
    <span className={styles.buttons}>
      {(status === "uploading" || isPaused) && item.kind === "file" && (
        <IconButton
          size="s"
          label={`${isPaused ? "Resume" : "Pause"} ${name}`}
          icon={isPaused ? <Play /> : <Pause />}
          onPress={() => togglePause(item)}
        />
      )}
      {status === "failed" && (
        <IconButton
          size="s"
          label={`Retry ${name}`}
          icon={<RotateCw />}
          onPress={() => void retryItem(item)}
        />
      )}
      <IconButton
        size="s"
        label={`${FINISHED.includes(status) ? "Dismiss" : "Cancel"} ${name}`}
        icon={<X />}
        onPress={() => (status === "incomplete" ? void discardPending(item) : cancelItem(item))}
      />
    </span>
  );
}

function Links({ item }: { item: UploadItem }) {
  const { videoId, status, problem } = item;
  if (!FINISHED.includes(status) || (videoId === null && status !== "duplicate")) return null;
  return (
    <span className={styles.links}>
      {videoId !== null && (
        <Link to={watchPath(videoId)} aria-label={`Watch ${item.name}`}>
          Watch
        </Link>
      )}
      {status === "duplicate" && problem && (
        <Button size="s" onPress={() => void forceUpload(item)}>
          Add anyway
        </Button>
      )}
      {item.findMoments && <Link to={RUNS_PATH}>View run</Link>}
    </span>
  );
}

/** Asks for the file again, because browsers do not let a page reopen it. */
function ResumeButton({ item }: { item: UploadItem }) {
  const [isOtherFile, setOtherFile] = useState(false);
  return (
    <span className={styles.links}>
      <FileTrigger
        acceptedFileTypes={ACCEPTED}
        onSelect={(files) => files?.[0] && setOtherFile(!resumeWithFile(item, files[0]))}
      >
        <Button size="s">Select the file to resume</Button>
      </FileTrigger>
      {isOtherFile && <span role="alert">This is a different file</span>}
    </span>
  );
}

/** Return the item with the progress of its run, if the server is downloading a link. */
function useDownloadProgress(item: UploadItem): UploadItem {
  const run = useLiveRun(item.videoId ?? "");
  if (item.status !== "downloading" || !run) return item;
  const stage = stageOf(run, "video_download");
  if (isDone(stage)) return { ...item, status: "done" };
  return { ...item, done: stage.bytes_done ?? 0, total: stage.bytes_total };
}
