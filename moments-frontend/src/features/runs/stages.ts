/** A run's stages in plain words, and how far it is. */

import { isActive, STAGES, stageOf } from "@/api/runs";
import type { RunState, StageState } from "@/api/schema";
import { formatBytes, formatDuration } from "@/lib/format";

export type Stage = (typeof STAGES)[number];

export const STAGE_NAMES: Record<Stage, string> = {
  video_download: "Video",
  audio_extraction: "Sound",
  audio_upload: "Store the sound",
  transcription: "Transcript",
  moment_generation: "Moments",
  clip_extraction: "Clips",
  clip_upload: "Store the clips",
  moment_refinement: "Refinement",
};

export const STATUS_NAMES: Record<RunState["status"], string> = {
  queued: "Waiting",
  processing: "Under way",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** How many seconds a run has taken until `now`, or took; null before it began. */
export function elapsed(run: RunState, now: number): number | null {
  if (!run.started_at) return null;
  const end = run.finished_at ? Date.parse(run.finished_at) : now;
  return Math.max(0, (end - Date.parse(run.started_at)) / 1000);
}

/** Seconds until the stage at work ends, by how far it is; null where that says nothing. */
export function stageLeft(stage: StageState, now: number): number | null {
  if (stage.status !== "processing" || !stage.started_at || stage.percent < 5 || stage.percent >= 100)
    return null;
  const seconds = (now - Date.parse(stage.started_at)) / 1000;
  return seconds < 1 ? null : (seconds * (100 - stage.percent)) / stage.percent;
}

/** 0 to 100 of the whole run: every stage counts the same, for nobody knows better. */
export function percentOf(run: RunState): number {
  if (run.status === "completed") return 100;
  const share = (stage: StageState) => {
    if (stage.status === "completed" || stage.status === "skipped") return 1;
    return stage.status === "processing" ? stage.percent / 100 : 0;
  };
  return (100 * STAGES.reduce((sum, name) => sum + share(stageOf(run, name)), 0)) / STAGES.length;
}

/** What is to be said of a stage beside its name. */
export function stageFacts(stage: StageState): string {
  const facts: string[] = [];
  if (stage.status === "processing" && stage.percent > 0) facts.push(`${Math.floor(stage.percent)} %`);
  if (stage.status === "processing" && stage.bytes_done != null) {
    facts.push(
      formatBytes(stage.bytes_done) + (stage.bytes_total ? ` of ${formatBytes(stage.bytes_total)}` : ""),
    );
  }
  if (stage.items_total != null && stage.items_done != null)
    facts.push(`${stage.items_done} of ${stage.items_total}`);
  if (stage.seconds != null && stage.status === "completed") facts.push(formatDuration(stage.seconds));
  if (stage.reason) facts.push(stage.reason);
  if (stage.attempts > 1) facts.push(`try ${stage.attempts}`);
  return facts.join(" · ");
}

/** Whether it is worth a look before anybody asks for one. */
export function isOfInterest(run: RunState): boolean {
  return isActive(run) || run.status === "failed";
}
