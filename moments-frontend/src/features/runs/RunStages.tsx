import { Ban, Check, Circle, Clock, LoaderCircle, SkipForward, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { RunState, StageState } from "@/api/schema";
import { STAGE_INFO, STAGES, stageOf } from "@/api/stages";
import { type TextKey, t } from "@/i18n";
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

const STATUS_TEXTS: Record<StageState["status"], TextKey> = {
  pending: "runs.stagePending",
  waiting: "runs.stageWaiting",
  processing: "runs.stageProcessing",
  completed: "runs.stageCompleted",
  skipped: "runs.stageSkipped",
  failed: "runs.stageFailed",
  cancelled: "runs.stageCancelled",
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
      <span className="visually-hidden">, {t(STATUS_TEXTS[stage.status])}</span>
      <span className={cx(styles.stageFacts, "tabular")}>{stageSummary(stage)}</span>
    </li>
  );
}

function Options({ options }: { options: RunState["options"] }) {
  return (
    <dl className={styles.options}>
      <div>
        <dt>{t("runs.momentLength")}</dt>
        <dd>
          {t("runs.range", {
            from: formatDuration(options.min_moment_length),
            to: formatDuration(options.max_moment_length),
          })}
        </dd>
      </div>
      <div>
        <dt>{t("runs.numberOfMoments")}</dt>
        <dd>{t("runs.range", { from: options.min_moments, to: options.max_moments })}</dd>
      </div>
      {options.user_prompt && (
        <div>
          <dt>{t("runs.prompt")}</dt>
          <dd>{options.user_prompt}</dd>
        </div>
      )}
    </dl>
  );
}
