/** The fields of the share dialog as a request. */

import type { ShareRequest } from "@/api/shares";
import { t } from "@/i18n";
import { formatPreciseTime } from "@/lib/format";
import { parseTime } from "@/lib/media-fragment";
import type { ShareTarget } from "@/lib/share-target";
import { DEFAULT_EXPIRY, expiryDays } from "./expiry";

/** Shortest password that the API accepts. */
export const MIN_PASSWORD = 8;

export interface ShareFields {
  /** Times as typed; empty: from the start, up to the end. */
  start: string;
  end: string;
  expiry: string;
  password: string;
}

export function initialFields({ range, start = range?.start ?? 0 }: ShareTarget): ShareFields {
  return {
    start: start > 0 || range ? formatPreciseTime(start) : "",
    end: range ? formatPreciseTime(range.end) : "",
    expiry: DEFAULT_EXPIRY,
    password: "",
  };
}

export type FieldProblems = Partial<Record<keyof ShareFields, string>>;

/** Return what the API would refuse, by field. */
export function fieldProblems({ start, end, password }: ShareFields): FieldProblems {
  const problems: FieldProblems = {};
  const [from, to] = [timeOf(start), timeOf(end)];
  if (Number.isNaN(from)) problems.start = t("sharing.invalidTime");
  if (Number.isNaN(to)) problems.end = t("sharing.invalidTime");
  else if (to !== null && to <= (from ?? 0)) problems.end = t("sharing.endBeforeStart");
  if (password !== "" && [...password].length < MIN_PASSWORD) {
    problems.password = t("sharing.shortPassword", { count: MIN_PASSWORD });
  }
  return problems;
}

/** Return the request for valid fields. */
export function toShareRequest(target: ShareTarget, fields: ShareFields): ShareRequest {
  const { momentId, range, spoken, title } = target;
  const request: ShareRequest = { expires_in_days: expiryDays(fields.expiry) };
  if (fields.password !== "") request.password = fields.password;
  if (momentId !== undefined) return { ...request, moment_id: momentId };
  const [start, end] = [timeOf(fields.start), timeOf(fields.end)];
  if (start !== null) request.start_time = start;
  if (end !== null) request.end_time = end;
  if (range && end !== null) {
    const suggested = initialFields(target);
    const isSuggested = fields.start === suggested.start && fields.end === suggested.end;
    // A spoken passage may begin and end within a sentence; typed times are exact.
    if (spoken && isSuggested) request.whole_sentences = true;
    // A passage is named by its text; a video by its own title.
    else request.title = title;
  }
  return request;
}

/** Return a typed time in seconds; null for none, NaN for an invalid one. */
function timeOf(text: string): number | null {
  return text.trim() === "" ? null : (parseTime(text) ?? Number.NaN);
}
