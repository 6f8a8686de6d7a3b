/** Parts of videos to export: their requests and descriptions. */

import { type ExportSelection, MAX_MOMENTS } from "@/api/exports";
import type { Moment } from "@/api/moments";
import { t } from "@/i18n";
import { formatDuration, formatTime } from "@/lib/format";
import type { ExportPart, ExportTarget } from "./dialog-store";

type Times = Pick<Moment, "id" | "start_time" | "end_time" | "title">;

export function partOf({ id, start_time, end_time, title }: Times): ExportPart {
  return { momentId: id, start: start_time, end: end_time, title };
}

/** Return the parts of all moments, each in its refined version if it has one, ordered by time. */
export function allParts(
  moments: readonly (Times & Pick<Moment, "is_refined" | "parent_id">)[],
): ExportPart[] {
  const replaced = new Set(moments.filter(({ is_refined }) => is_refined).map(({ parent_id }) => parent_id));
  return moments
    .filter(({ id, is_refined }) => is_refined || !replaced.has(id))
    .map(partOf)
    .sort((one, other) => one.start - other.start);
}

/** Return one target per video, in the order of their first moments. */
export function groupByVideo(moments: readonly (Times & { video_id: string })[]): ExportTarget[] {
  const groups = new Map<string, ExportPart[]>();
  for (const moment of moments)
    groups.set(moment.video_id, [...(groups.get(moment.video_id) ?? []), partOf(moment)]);
  return [...groups].map(([videoId, parts]) => ({ videoId, parts }));
}

/** Return the selections of the requests that export a target. */
export function selectionsOf({ parts }: ExportTarget, title: string): ExportSelection[] {
  if (parts === "all") return [{ moments: "all" }];
  const ids = parts.flatMap(({ momentId }) => momentId ?? []);
  const ranges = parts.filter(({ momentId }) => momentId === null);
  const selections: ExportSelection[] = ranges.map(({ start, end }) => ({
    start_time: start,
    end_time: end,
    ...(title.trim() && { title: title.trim() }),
  }));
  for (let at = 0; at < ids.length; at += MAX_MOMENTS)
    selections.push({ moment_ids: ids.slice(at, at + MAX_MOMENTS) });
  return selections;
}

/** Return the title of the dialog. */
export function dialogTitle(parts: readonly ExportPart[]): string {
  if (parts.length === 0) return t("exports.exportMoments");
  if (parts.length === 1)
    return parts[0]?.momentId === null ? t("exports.exportRange") : t("exports.exportMoment");
  return t("exports.exportCount", { count: parts.length });
}

/** Return title and times of one part, or the total length of several. */
export function describeParts(parts: readonly ExportPart[]): string {
  const total = formatDuration(parts.reduce((sum, { start, end }) => sum + end - start, 0));
  const [only] = parts;
  if (!only || parts.length > 1) return t("exports.inTotal", { count: parts.length, total });
  return `${formatTime(only.start)}–${formatTime(only.end)}, ${total}`;
}
