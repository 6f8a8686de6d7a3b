/** The state of a run as one text and one number. */

import { t } from "@/i18n";
import { isActive } from "./runs";
import type { RunState } from "./schema";
import { isDone, STAGE_INFO, STAGES, stageOf } from "./stages";

/** Return the run's current activity. */
export function statusText(run: RunState): string {
  if (run.cancel_requested && isActive(run)) return t("api.cancelling");
  if (run.status === "queued" || run.current_stage === null) return t("api.queued");
  return t(STAGE_INFO[run.current_stage].activity);
}

/** Return the progress from 0 to 100, weighted by the usual duration of each stage; null while queued. */
export function weightedPercent(run: RunState): number | null {
  if (run.status === "queued") return null;
  let done = 0;
  let all = 0;
  for (const name of STAGES[run.kind]) {
    const stage = stageOf(run, name);
    const { weight } = STAGE_INFO[name];
    // Skipped stages take no time.
    if (stage.status === "skipped") continue;
    all += weight;
    done += weight * (isDone(stage) ? 1 : stage.percent / 100);
  }
  return all === 0 ? null : Math.min(100, Math.max(0, (done / all) * 100));
}
