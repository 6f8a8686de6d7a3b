import { t } from "@/i18n";
import { Ban, Check, Circle, Clock, LoaderCircle, SkipForward, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { RunState, StageState } from "@/api/schema";
import { STAGE_INFO, STAGES, stageOf } from "@/api/stages";
import { formatDuration } from "@/lib/format";
import { cx } from "@/ui/cx";
import styles from "./RunItem.module.css";
import { stageSummary } from "./stages";

const ICONS: Record<StageState["status"], ReactNode> = {
  pending: <Circle />,
  waiting: <Clock />,
  processing: <LoaderCircle />,
  completed: <Check />,
  skipped: <SkipForward />,
  failed: <TriangleAlert />,
  cancelled: <Ban />,
};

/** A run's stages and options. */
export function RunStages({ run }: { run: RunState }) {
  return (
    <>
      <ol className={styles.stages}>
        {STAGES[run.kind].map((name) => (
          <Stage key={name} label={t(STAGE_INFO[name].label)} stage={stageOf(run, name)} />
        ))}
      </ol>
      {run.kind === "moments" && <Options options={run.options} />}
    </>
  );
}

function Stage({ label, stage }: { label: string; stage: StageState }) {
  return (
    <li className={cx(styles.stage, styles[stage.status])}>
      <span aria-hidden className={styles.icon}>
        {ICONS[stage.status]}
      </span>
      <span className={styles.stageName}>{label}</span>
      <span className="visually-hidden">, {stage.status}</span>
      <span className={cx(styles.stageFacts, "tabular")}>{stageSummary(stage)}</span>
    </li>
  );
}

function Options({ options }: { options: RunState["options"] }) {
  return (
    <dl className={styles.options}>
      <div>
        <dt>Moment length</dt>
        <dd>
          {formatDuration(options.min_moment_length)} to {formatDuration(options.max_moment_length)}
        </dd>
      </div>
      <div>
        <dt>Number of moments</dt>
        <dd>
          {options.min_moments} to {options.max_moments}
        </dd>
      </div>
      {options.user_prompt && (
        <div>
          <dt>Prompt</dt>
          <dd>{options.user_prompt}</dd>
        </div>
      )}
    </dl>
  );
}
