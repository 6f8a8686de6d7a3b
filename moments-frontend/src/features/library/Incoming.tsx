import { Link } from "wouter";
import { stageOf } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { useLiveRuns } from "@/features/runs/live-runs";
import { formatBytes } from "@/lib/format";
import { Progress } from "@/ui/Progress";
import styles from "./Incoming.module.css";

/** Videos that are on their way into the library. */
export function Incoming() {
  const { runs } = useLiveRuns();
  const incoming = [...runs.values()].filter(isComingIn);
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

function isComingIn(run: RunState): boolean {
  return (
    ["waiting", "processing"].includes(stageOf(run, "video_download").status) && run.status === "processing"
  );
}
