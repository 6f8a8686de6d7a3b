/** Filters of the list of runs in the URL, as in `/runs?show=failed&kind=playback`. */

import type { RunFilter, RunPurpose } from "@/api/runs";
import type { TextKey } from "@/i18n";
import { RUNS_PATH } from "@/lib/routes";

type Choice = "all" | RunFilter;
/** `requested`, the default, leaves out playback copies, most of which the server makes by itself. */
type Kind = "requested" | RunPurpose | "all";

export interface RunFilters {
  show: Choice;
  kind: Kind;
}

export const CHOICES: readonly { value: Choice; label: TextKey }[] = [
  { value: "all", label: "runs.all" },
  { value: "active", label: "runs.running" },
  { value: "failed", label: "runs.failed" },
  { value: "completed", label: "runs.completed" },
  { value: "cancelled", label: "runs.cancelled" },
];

export const KINDS: readonly { value: Kind; label: TextKey }[] = [
  { value: "requested", label: "runs.kindRequested" },
  { value: "moments", label: "runs.kindMoments" },
  { value: "transcription", label: "runs.kindTranscription" },
  { value: "playback", label: "runs.kindPlayback" },
  { value: "all", label: "runs.kindAll" },
];

/** Return the filters in a URL's query; unknown values become the default. */
export function parseRunFilters(search: string): RunFilters {
  const parameters = new URLSearchParams(search);
  return {
    show: CHOICES.find(({ value }) => value === parameters.get("show"))?.value ?? "all",
    kind: KINDS.find(({ value }) => value === parameters.get("kind"))?.value ?? "requested",
  };
}

/** Return the URL of the list with these filters; defaults are left out. */
export function runsUrl({ show, kind }: RunFilters): string {
  const parameters = new URLSearchParams();
  if (show !== "all") parameters.set("show", show);
  if (kind !== "requested") parameters.set("kind", kind);
  const text = parameters.toString();
  return RUNS_PATH + (text && `?${text}`);
}

/** Return the purposes to request; empty for runs of every kind. */
export function purposesOf(kind: Kind): readonly RunPurpose[] {
  if (kind === "all") return [];
  return kind === "requested" ? ["moments", "transcription"] : [kind];
}
