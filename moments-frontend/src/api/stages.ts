/** The stages of runs. Their names come from the API's schema, so a missing one is a compile error. */

import type { TextKey } from "@/i18n";
import type { RunState, StageState } from "./schema";

export type RunKind = RunState["kind"];
export type StageName = NonNullable<RunState["current_stage"]>;

interface StageInfo {
  label: TextKey;
  /** Activity of a run during the stage. */
  activity: TextKey;
  /** Typical share of a run's time, in percent. */
  weight: number;
}

const MOMENTS_STAGES = {
  video_download: { label: "common.download", activity: "api.downloadingTheVideo", weight: 10 },
  audio_extraction: { label: "api.audio", activity: "api.extractingAudio", weight: 3 },
  audio_upload: { label: "api.uploadAudio", activity: "api.uploadingAudio", weight: 4 },
  transcription: { label: "common.transcript", activity: "api.transcribing", weight: 55 },
  moment_generation: { label: "common.moments", activity: "api.findingMoments", weight: 10 },
  clip_extraction: { label: "api.clips", activity: "api.cuttingClips", weight: 10 },
  clip_upload: { label: "api.uploadClips", activity: "api.uploadingClips", weight: 5 },
  moment_refinement: { label: "api.refinement", activity: "api.refiningMoments", weight: 3 },
} satisfies Partial<Record<StageName, StageInfo>>;

const PLAYBACK_STAGES = {
  playback_copy: { label: "api.playbackCopy", activity: "api.preparingAPlaybackCopy", weight: 90 },
  playback_upload: { label: "api.uploadCopy", activity: "api.uploadingThePlaybackCopy", weight: 10 },
} satisfies Partial<Record<StageName, StageInfo>>;

export const STAGE_INFO: Readonly<Record<StageName, StageInfo>> = { ...MOMENTS_STAGES, ...PLAYBACK_STAGES };

/** By kind of run, in the pipeline's order. */
export const STAGES: Readonly<Record<RunKind, readonly StageName[]>> = {
  moments: Object.keys(MOMENTS_STAGES) as StageName[],
  playback: Object.keys(PLAYBACK_STAGES) as StageName[],
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
