/** The tray's list: active exports first, then the finished ones of each video. */

import { type Export, type ExportState, isActive } from "@/api/exports";
import { type TextKey, t } from "@/i18n";
import { formatBytes, formatDuration, formatPercent } from "@/lib/format";
import { formatLabel } from "./options";

export interface VideoGroup {
  videoId: string;
  exports: readonly Export[];
  /** Number of files that can be downloaded. */
  completed: number;
}

export interface ExportGroups {
  active: readonly Export[];
  finished: readonly VideoGroup[];
}

/** Group exports. The oldest active one is first, as it is processed first; the newest finished one is first. */
export function groupExports(exports: readonly Export[]): ExportGroups {
  const active = exports.filter(isActive).sort(byAge);
  const groups = new Map<string, Export[]>();
  for (const one of exports.filter((other) => !isActive(other)).sort((a, b) => byAge(b, a)))
    groups.set(one.video_id, [...(groups.get(one.video_id) ?? []), one]);
  const finished = [...groups].map(([videoId, found]) => ({
    videoId,
    exports: found,
    completed: found.filter(({ state }) => state === "completed").length,
  }));
  return { active: active.sort((one, other) => rank(one) - rank(other)), finished };
}

const rank = ({ state }: Export) => (state === "processing" ? 0 : 1);

function byAge(one: Export, other: Export): number {
  const age = ({ finished_at, created_at }: Export) => Date.parse(finished_at ?? created_at);
  return age(one) - age(other) || (one.id < other.id ? -1 : 1);
}

/** Return the title of the tray. */
export function trayTitle(exports: readonly Export[]): string {
  const active = exports.filter(isActive).length;
  if (active > 0) return t("exports.exportingFiles", { count: active });
  const failed = exports.filter(({ state }) => state === "failed").length;
  if (failed > 0) return t("exports.failedCount", { count: failed });
  const completed = exports.filter(({ state }) => state === "completed").length;
  return completed > 0 ? t("exports.readyCount", { count: completed }) : t("exports.exports");
}

/** Return the mean progress of the active exports from 0 to 100; null if none is active. */
export function totalPercent(exports: readonly Export[]): number | null {
  const active = exports.filter(isActive);
  if (active.length === 0) return null;
  return active.reduce((sum, { percent }) => sum + percent, 0) / active.length;
}

const STATE_LABELS: Record<ExportState, TextKey> = {
  queued: "exports.stateQueued",
  processing: "exports.stateExporting",
  completed: "exports.stateReady",
  failed: "exports.stateFailed",
  cancelled: "exports.stateCancelled",
};

const CAPTION_LABELS: Record<Export["captions"], TextKey | null> = {
  none: null,
  burned: "exports.withCaptionsDetail",
  sidecar: "exports.withCaptionFile",
};

/** Return state, format and size of an export in one line. */
export function describeExport(one: Export): string {
  const { state, percent, format, captions, duration_seconds: seconds, size_bytes: size } = one;
  const isDone = state === "completed";
  const label = t(STATE_LABELS[state]);
  const captionLabel = CAPTION_LABELS[captions];
  return [
    state === "processing" ? `${label} ${formatPercent(percent)}` : label,
    formatLabel(format),
    captionLabel && t(captionLabel),
    isDone && seconds !== null && formatDuration(seconds),
    isDone && size !== null && formatBytes(size),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Return the exports that were active before and have completed or failed now. */
export function newlyFinished(before: readonly Export[], now: readonly Export[]): Export[] {
  const active = new Set(before.filter(isActive).map(({ id }) => id));
  return now.filter((one) => active.has(one.id) && (one.state === "completed" || one.state === "failed"));
}
