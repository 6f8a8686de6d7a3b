import { Link } from "wouter";
import { useLiveRuns } from "@/api/run-events";
import type { RunState } from "@/api/schema";
import { stageOf } from "@/api/stages";
import { formatBytes } from "@/lib/format";
import { Progress } from "@/ui/Progress";
import styles from "./ActiveDownloads.module.css";

/** Videos that are on their way into the library. */
export function ActiveDownloads() {
  const { runs } = useLiveRuns();
  const incoming = [...runs.values()].filter(isDownloading);
  if (incoming.length === 0) return null;
  return (
    <section aria-label="Coming in" className={styles.strip}>
      {incoming.map((run) => {
        const { percent, bytes_done: done, bytes_total: all, reason } = stageOf(run, "video_download");
        return (
          <Link key={run.request_id} to="/runs" className={styles.item}>
            <span className={styles.name}>{run.title}</span>
            <span className={styles.state}>
              {reason ?? "waiting"}
              {done != null && ` · ${formatBytes(done)}${all ? ` of ${formatBytes(all)}` : ""}`}
            </span>
            <Progress label={`${run.title} comes in`} percent={percent > 0 ? percent : null} />
          </Link>
        );
      })}
    </section>
  );
}

function isDownloading(run: RunState): boolean {
  return (
    ["waiting", "processing"].includes(stageOf(run, "video_download").status) && run.status === "processing"
  );
}
