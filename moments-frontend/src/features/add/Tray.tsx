import { ChevronDown, ChevronUp, Pause, Play, RotateCw, X } from "lucide-react";
import { useEffect, useState } from "react";
import { FileTrigger } from "react-aria-components/FileTrigger";
import { Link } from "wouter";
import { stageOf } from "@/api/runs";
import { watchPath } from "@/api/videos";
import { onRunEnded, useLiveRun } from "@/features/runs/live-runs";
import { formatBytes, formatDuration, plural } from "@/lib/format";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Progress } from "@/ui/Progress";
import { sentence } from "@/ui/State";
import { addAnyway, cancelEntry, dropUnfinished, goOnWith, pauseOrGoOn, retryEntry } from "./adding";
import {
  allEntries,
  changeEntry,
  type Entry,
  OVER,
  percentOf,
  removeFinished,
  useEntries,
  wordOf,
} from "./entries";
import { ACCEPTED } from "./sources";
import styles from "./Tray.module.css";

/** What is being added, on every page. */
export function Tray() {
  const entries = useEntries();
  const [isOpen, setOpen] = useState(true);
  const unfinished = entries.filter(({ phase }) => phase === "unfinished").length;
  const over = entries.filter(({ phase }) => OVER.includes(phase)).length;
  const going = entries.length - over - unfinished;
  const title =
    going > 0
      ? `Adding ${plural(going, "video")}`
      : unfinished > 0
        ? `${plural(unfinished, "upload")} not finished`
        : "All is done";
  useEffect(() => {
    return onRunEnded((run) => {
      for (const { key, kind, videoId, phase } of allEntries()) {
        if (kind !== "link" || videoId !== run.video_id || phase !== "fetching") continue;
        if (run.status === "completed") changeEntry(key, { phase: "done", findMoments: false });
        else if (run.error) {
          const problem = { status: 0, errors: null, video_id: null, ...run.error };
          changeEntry(key, { phase: "failed", problem });
        }
      }
    });
  }, []);
  return (
    <section aria-label="Adding" className={styles.tray}>
      <header className={styles.header}>
        <div role="status" className={styles.title}>
          <h2>{title}</h2>
        </div>
        {going === 0 && over > 0 && (
          <Button size="s" variant="ghost" onPress={removeFinished}>
            Clear
          </Button>
        )}
        <IconButton
          size="s"
          label={isOpen ? "Show less" : "Show all"}
          icon={isOpen ? <ChevronDown /> : <ChevronUp />}
          aria-expanded={isOpen}
          onPress={() => setOpen(!isOpen)}
        />
      </header>
      {isOpen && (
        <ul className={styles.list}>
          {entries.map((entry) => (
            <Row key={entry.key} entry={entry} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ entry: told }: { entry: Entry }) {
  const entry = useFetched(told);
  const isOver = OVER.includes(entry.phase);
  const { problem } = entry;
  const tone = entry.phase === "failed" ? "bad" : entry.phase === "done" ? "good" : "accent";
  return (
    <li className={styles.row}>
      <span className={styles.name} title={entry.name}>
        {entry.name}
      </span>
      <span className={styles.buttons}>
        {(entry.phase === "sending" || entry.phase === "paused") && entry.kind === "file" && (
          <IconButton
            size="s"
            label={`${entry.phase === "paused" ? "Go on with" : "Pause"} ${entry.name}`}
            icon={entry.phase === "paused" ? <Play /> : <Pause />}
            onPress={() => pauseOrGoOn(entry)}
          />
        )}
        {entry.phase === "failed" && (
          <IconButton
            size="s"
            label={`Retry ${entry.name}`}
            icon={<RotateCw />}
            onPress={() => void retryEntry(entry)}
          />
        )}
        <IconButton
          size="s"
          label={`${isOver ? "Dismiss" : "Cancel"} ${entry.name}`}
          icon={<X />}
          onPress={() => (entry.phase === "unfinished" ? void dropUnfinished(entry) : cancelEntry(entry))}
        />
      </span>
      <span className={cx(styles.state, "tabular", entry.phase === "failed" && styles.failed)}>
        {wordOf(entry)}
        {!isOver &&
          entry.done > 0 &&
          ` · ${formatBytes(entry.done)}${entry.total ? ` of ${formatBytes(entry.total)}` : ""}`}
        {!isOver && entry.secondsLeft !== null && ` · ${formatDuration(entry.secondsLeft)} left`}
      </span>
      {!isOver && (
        <Progress className={styles.bar} label={entry.name} percent={percentOf(entry)} tone={tone} />
      )}
      {entry.phase === "unfinished" && <GoOn entry={entry} />}
      {problem && entry.phase === "failed" && (
        <span className={styles.cause}>
          {sentence(problem.detail)}
          {problem.remedy && ` ${sentence(problem.remedy)}`}
        </span>
      )}
      {(entry.videoId !== null || entry.phase === "known") && isOver && (
        <span className={styles.links}>
          {entry.videoId !== null && (
            <Link to={watchPath(entry.videoId)} aria-label={`Watch ${entry.name}`}>
              Watch
            </Link>
          )}
          {entry.phase === "known" && problem && (
            <Button size="s" onPress={() => void addAnyway(entry)}>
              Add anyway
            </Button>
          )}
          {entry.findMoments && <Link to="/runs">See its run</Link>}
        </span>
      )}
    </li>
  );
}

/** A page cannot open a file by itself a second time: people choose it again. */
function GoOn({ entry }: { entry: Entry }) {
  const [isOther, setOther] = useState(false);
  return (
    <span className={styles.links}>
      <FileTrigger
        acceptedFileTypes={ACCEPTED}
        onSelect={(files) => files?.[0] && setOther(!goOnWith(entry, files[0]))}
      >
        <Button size="s">Choose the file to go on</Button>
      </FileTrigger>
      {isOther && <span role="alert">That is another file</span>}
    </span>
  );
}

/** Of a link that is fetched, what the run says of it. */
function useFetched(entry: Entry): Entry {
  const run = useLiveRun(entry.videoId ?? "");
  if (entry.phase !== "fetching" || !run) return entry;
  const { status, bytes_done: done, bytes_total: total } = stageOf(run, "video_download");
  if (status === "completed" || status === "skipped") return { ...entry, phase: "done" };
  return { ...entry, done: done ?? 0, total: total ?? null };
}
