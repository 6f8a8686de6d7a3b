/** Progress and texts of runs and their stages. */

import { isActive } from "@/api/runs";
import type { RunState, StageState } from "@/api/schema";
import { isDone, STAGES, stageOf } from "@/api/stages";
import { type TextKey, t } from "@/i18n";
import { formatBytes, formatDuration, formatPercent } from "@/lib/format";

export const STATUS_LABELS: Record<RunState["status"], TextKey> = {
  queued: "runs.queued",
  processing: "runs.running",
  completed: "runs.completed",
  failed: "runs.failed",
  cancelled: "runs.cancelled",
};

/** Return the seconds since the start of a run, or its duration if it has finished; null before the start. */
export function elapsedSeconds(run: RunState, now: number): number | null {
  if (!run.started_at) return null;
  const end = run.finished_at ? Date.parse(run.finished_at) : now;
  return Math.max(0, (end - Date.parse(run.started_at)) / 1000);
}

/** Return the estimated seconds until an active stage ends; null if its progress allows no estimate. */
export function estimatedRemaining(stage: StageState, now: number): number | null {
  if (stage.status !== "processing" || !stage.started_at || stage.percent < 5 || stage.percent >= 100)
    return null;
  const seconds = (now - Date.parse(stage.started_at)) / 1000;
  return seconds < 1 ? null : (seconds * (100 - stage.percent)) / stage.percent;
}

/** Return a run's progress from 0 to 100, with equal weight for each stage. */
export function percentOf(run: RunState): number {
  if (run.status === "completed") return 100;
  const share = (stage: StageState) => {
    if (isDone(stage)) return 1;
    return stage.status === "processing" ? stage.percent / 100 : 0;
  };
  const names = STAGES[run.kind];
  return (100 * names.reduce((sum, name) => sum + share(stageOf(run, name)), 0)) / names.length;
}

/** Return a stage's progress, duration, reason and attempts as one line. */
export function stageSummary(stage: StageState): string {
  const facts: string[] = [];
  if (stage.status === "processing" && stage.percent > 0)
    facts.push(formatPercent(Math.floor(stage.percent)));
  if (stage.status === "processing" && stage.bytes_done != null) {
    facts.push(
      stage.bytes_total
        ? t("runs.of", { done: formatBytes(stage.bytes_done), total: formatBytes(stage.bytes_total) })
        : formatBytes(stage.bytes_done),
    );
  }
  if (stage.items_total != null && stage.items_done != null)
    facts.push(t("runs.of", { done: stage.items_done, total: stage.items_total }));
  if (stage.seconds != null && stage.status === "completed") facts.push(formatDuration(stage.seconds));
  if (stage.reason) facts.push(stage.reason);
  if (stage.attempts > 1) facts.push(t("runs.attempt", { count: stage.attempts }));
  return facts.join(" · ");
}

/** Report whether a run's stages are shown by default. */
export function shouldExpand(run: RunState): boolean {
  return isActive(run) || run.status === "failed";
}

/** Return the number of moments that a run has found; null for runs that did not look for any. */
export function foundMoments(run: RunState): number | null {
  if (run.kind !== "moments") return null;
  const { status, items_done } = stageOf(run, "moment_generation");
  return status === "completed" ? (items_done ?? null) : null;
}
