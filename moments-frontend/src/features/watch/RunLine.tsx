import { Link } from "wouter";
import { isActive } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { Progress } from "@/ui/Progress";
import { useRun } from "./moments/use-run";
import { doing, percentOf } from "./run-progress";
import styles from "./WatchPage.module.css";

/** The video's run while one goes on; undefined otherwise. */
export function useActiveRun(videoId: string): RunState | undefined {
  const run = useRun(videoId);
  return run && isActive(run) ? run : undefined;
}

/** Says under the title that something is being made of this video, and how far it is. */
export function RunLine({ videoId }: { videoId: string }) {
  const run = useActiveRun(videoId);
  const words = run && doing(run);
  const percent = run ? percentOf(run) : null;
  return (
    <div className={styles.run}>
      {/* Only the stage is read out: the figure changes all the time. */}
      <span role="status" className="visually-hidden">
        {words}
      </span>
      {run && (
        <div className={styles.runLine}>
          <p>
            <span aria-hidden>{words}</span>
            {percent !== null && <span className="tabular"> {Math.round(percent)} %</span>}
          </p>
          <Link to="/runs">See the run</Link>
          <Progress label={words ?? ""} percent={percent} className={styles.runBar} />
        </div>
      )}
    </div>
  );
}
