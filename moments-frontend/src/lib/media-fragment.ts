/** Times in URLs: `?t=95`, `?t=1m35s`, `?t=1m35`, `?t=1:35`, `#t=10,20`.
 *
 * The fragment follows Media Fragments URI 1.0 (W3C), section 4.2.1, with NPT times. */

export interface TimeRange {
  start: number;
  /** Null means the end of the video. */
  end: number | null;
}

/** Parse `95`, `95.5`, `95,5`, `95s`, `1m35s`, `1m35`, `1h2m3s`, `1:35` or `1:02:03` to seconds; null for anything else. */
export function parseTime(text: string): number | null {
  const value = text.trim().toLowerCase().replace(",", "."); // the decimal comma of German
  if (/^\d+(\.\d+)?s?$/.test(value)) return Number.parseFloat(value);
  const clock = /^(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)$/.exec(value);
  if (clock) return Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
  const units = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)(?:s|(?<=m[\d.]+)))?$/.exec(value);
  if (!value || !units) return null;
  return Number(units[1] ?? 0) * 3600 + Number(units[2] ?? 0) * 60 + Number(units[3] ?? 0);
}

/** Return the times in a URL; the fragment takes precedence over the query. */
export function parseTimeRange(search: string, hash: string): TimeRange | null {
  const fragment = new URLSearchParams(hash.replace(/^#/, "")).get("t");
  const value = fragment ?? new URLSearchParams(search).get("t");
  if (value === null) return null;
  const [from = "", to] = value.replace(/^npt:/, "").split(",");
  const start = from === "" && to !== undefined ? 0 : parseTime(from);
  const end = to === undefined ? null : parseTime(to);
  if (start === null || (to !== undefined && end === null)) return null;
  return end !== null && end <= start ? { start, end: null } : { start, end };
}
