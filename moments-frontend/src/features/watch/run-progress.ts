/** A run that goes on, in a few words and one figure. */

import { isActive, STAGES } from "@/api/runs";
import type { RunState } from "@/api/schema";

type Stage = (typeof STAGES)[number];

const DOING: Readonly<Record<Stage, string>> = {
  video_download: "Fetching the video",
  audio_extraction: "Taking out the sound",
  audio_upload: "Sending the sound to the cloud",
  transcription: "Writing down what is said",
  moment_generation: "Looking for moments",
  clip_extraction: "Cutting the clips",
  clip_upload: "Sending the clips to the cloud",
  moment_refinement: "Refining the moments",
};
/** How much of a run's time each stage takes, about. */
const WEIGHTS: Readonly<Record<Stage, number>> = {
  video_download: 10,
  audio_extraction: 3,
  audio_upload: 4,
  transcription: 55,
  moment_generation: 10,
  clip_extraction: 10,
  clip_upload: 5,
  moment_refinement: 3,
};
const OVER = new Set(["completed", "skipped"]);

/** What it does just now. */
export function doing(run: RunState): string {
  if (run.cancel_requested && isActive(run)) return "Is being cancelled";
  if (run.status === "queued" || run.current_stage === null) return "Waiting for its turn";
  return DOING[run.current_stage];
}

/** 0 to 100; null while it waits. */
export function percentOf(run: RunState): number | null {
  if (run.status === "queued") return null;
  let done = 0;
  let all = 0;
  for (const stage of STAGES) {
    const state = run.stages[stage];
    const weight = WEIGHTS[stage];
    // What was there already takes no time of this run.
    if (state?.status === "skipped") continue;
    all += weight;
    done += weight * (OVER.has(state?.status ?? "pending") ? 1 : (state?.percent ?? 0) / 100);
  }
  return all === 0 ? null : Math.min(100, Math.max(0, (done / all) * 100));
}
