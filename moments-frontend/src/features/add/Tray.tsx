import { ChevronDown, ChevronUp, RotateCw, X } from "lucide-react";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { stageOf } from "@/api/runs";
import { watchPath } from "@/api/videos";
import { onRunEnded, useLiveRun } from "@/features/runs/live-runs";
import { formatBytes, formatDuration, plural } from "@/lib/format";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Progress } from "@/ui/Progress";
import { sentence } from "@/ui/State";
import { addAnyway, cancelEntry, retryEntry, takeUpOthers } from "./adding";
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
import styles from "./Tray.module.css";

/** What is being added, on every page. */
export function Tray() {
  const entries = useEntries();
  const [isOpen, setOpen] = useState(true);
  const going = entries.filter(({ phase }) => !OVER.includes(phase)).length;
  const isOver = going === 0;
  useEffect(() => {
    void takeUpOthers();
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
        <h2>
          <span role="status">{isOver ? "All is done" : `Adding ${plural(going, "video")}`}</span>
        </h2>
        {isOver && (
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
          onPress={() => void cancelEntry(entry)}
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

/** Of a link that is fetched, what the run says of it. */
function useFetched(entry: Entry): Entry {
  const run = useLiveRun(entry.videoId ?? "");
  if (entry.phase !== "fetching" || !run) return entry;
  const { status, bytes_done: done, bytes_total: total } = stageOf(run, "video_download");
  if (status === "completed" || status === "skipped") return { ...entry, phase: "done" };
  return { ...entry, done: done ?? 0, total: total ?? null };
}
