import { Link } from "wouter";
import { statusText, weightedPercent } from "@/api/run-status";
import { useActiveRun } from "@/api/use-run";
import { t } from "@/i18n";
import { formatPercent } from "@/lib/format";
import { RUNS_PATH } from "@/lib/routes";
import { Progress } from "@/ui/Progress";
import styles from "./RunStatus.module.css";

/** Progress of the video's active run. */
export function RunStatus({ videoId }: { videoId: string }) {
  const run = useActiveRun(videoId);
  const text = run && statusText(run);
  const percent = run ? weightedPercent(run) : null;
  return (
    <div className={styles.status}>
      {/* Announce the stage only, because the percentage changes all the time. */}
      <span role="status" className="visually-hidden">
        {text}
      </span>
      {run && (
        <div className={styles.card}>
          <p>
            <span aria-hidden>{text}</span>
            {percent !== null && <span className="tabular"> {formatPercent(percent)}</span>}
          </p>
          <Link to={RUNS_PATH}>{t("runs.viewRun")}</Link>
          <Progress label={text ?? ""} percent={percent} className={styles.bar} />
        </div>
      )}
    </div>
  );
}
