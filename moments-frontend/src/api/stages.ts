/** The pipeline's stages. Each table is typed by the API's schema: a missing stage is a compile error. */

import type { RunState, StageState } from "./schema";

export type StageName = NonNullable<RunState["current_stage"]>;

/** Names, in the pipeline's order. */
export const STAGE_LABELS: Readonly<Record<StageName, string>> = {
  video_download: "Download",
  audio_extraction: "Audio",
  audio_upload: "Upload audio",
  transcription: "Transcript",
  moment_generation: "Moments",
  clip_extraction: "Clips",
  clip_upload: "Upload clips",
  moment_refinement: "Refinement",
};

export const STAGES = Object.keys(STAGE_LABELS) as readonly StageName[];

/** Activity of a run during the stage. */
export const STAGE_ACTIVITIES: Readonly<Record<StageName, string>> = {
  video_download: "Downloading the video",
  audio_extraction: "Extracting audio",
  audio_upload: "Uploading audio",
  transcription: "Transcribing",
  moment_generation: "Finding moments",
  clip_extraction: "Cutting clips",
  clip_upload: "Uploading clips",
  moment_refinement: "Refining moments",
};

/** Typical share of a run's time, in percent. */
export const STAGE_WEIGHTS: Readonly<Record<StageName, number>> = {
  video_download: 10,
  audio_extraction: 3,
  audio_upload: 4,
  transcription: 55,
  moment_generation: 10,
  clip_extraction: 10,
  clip_upload: 5,
  moment_refinement: 3,
};

export const PENDING_STAGE: StageState = {
  status: "pending",
  reason: null,
  started_at: null,
  completed_at: null,
  percent: 0,
  bytes_done: null,
  bytes_total: null,
  items_done: null,
  items_total: null,
  seconds: null,
  attempts: 0,
  error: null,
};

/** Return a stage of a run; pending if the server does not report it, as older versions may. */
export function stageOf(run: Pick<RunState, "stages">, name: StageName): StageState {
  return run.stages[name] ?? PENDING_STAGE;
}

/** Report whether the stage has a result, of this run or an earlier one. */
export function isDone({ status }: StageState): boolean {
  return status === "completed" || status === "skipped";
}
