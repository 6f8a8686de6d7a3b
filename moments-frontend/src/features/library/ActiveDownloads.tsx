import { Link } from "wouter";
import { useLiveRuns } from "@/api/run-events";
import type { RunState } from "@/api/schema";
import { stageOf } from "@/api/stages";
import { t } from "@/i18n";
import { formatBytes } from "@/lib/format";
import { RUNS_PATH } from "@/lib/routes";
import { Progress } from "@/ui/Progress";
import styles from "./ActiveDownloads.module.css";

/** Links that the server is downloading. */
export function ActiveDownloads() {
  const { runs } = useLiveRuns();
  const downloads = [...runs.values()].filter(isDownloading);
  if (downloads.length === 0) return null;
  return (
    <section aria-label={t("library.downloads")} className={styles.strip}>
      {downloads.map((run) => {
        const { percent, bytes_done: done, bytes_total: total, reason } = stageOf(run, "video_download");
        return (
          <Link key={run.request_id} to={RUNS_PATH} className={styles.item}>
            <span className={styles.name}>{run.title}</span>
            <span className={styles.state}>
              {[reason ?? t("library.queued"), bytesText(done, total)].filter(Boolean).join(" · ")}
            </span>
            <Progress
              label={t("library.downloading", { title: run.title })}
              percent={percent > 0 ? percent : null}
            />
          </Link>
        );
      })}
    </section>
  );
}

function bytesText(done: number | null | undefined, total: number | null | undefined): string | null {
  if (done == null) return null;
  const values = { done: formatBytes(done), total: formatBytes(total) };
  return total ? t("library.bytesOf", values) : values.done;
}

function isDownloading(run: RunState): boolean {
  return (
    run.kind === "moments" &&
    ["waiting", "processing"].includes(stageOf(run, "video_download").status) &&
    run.status === "processing"
  );
}
