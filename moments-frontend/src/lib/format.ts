/** Numbers as text. Units are SI; digits and dates follow the reader's locale. Unknown values become a dash. */

import { locale, t } from "@/i18n";
export const UNKNOWN = "–";

/** Return a position such as `0:07`, `12:05` or `1:02:03`. */
export function formatTime(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return UNKNOWN;
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Return a duration such as `7 s`, `4 min 5 s` or `1 h 2 min`. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return UNKNOWN;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
}

/** The decimal separator: a comma in German. */
const DECIMAL =
  new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === "decimal")?.value ?? ".";

/** Return a number rounded to at most `digits` decimals, such as `1.5`; always with that many if `isFixed`. */
export function formatNumber(value: number, digits: number, isFixed = false): string {
  const minimumFractionDigits = isFixed ? digits : 0;
  return value.toLocaleString(locale, { minimumFractionDigits, maximumFractionDigits: digits });
}

/** Return a position with the fraction of its second, such as `0:07`, `0:07.5` or `1:02:03.25`. */
export function formatPreciseTime(seconds: number): string {
  const hundredths = Math.round(Math.max(0, seconds) * 100);
  const rest = hundredths % 100;
  const digits = rest === 0 ? "" : `${DECIMAL}${String(rest).padStart(2, "0").replace(/0$/, "")}`;
  return formatTime(Math.floor(hundredths / 100)) + digits;
}

/** Return a duration with tenths of seconds, such as `12.4 s` or `1 min 2.5 s`. */
export function formatPreciseDuration(seconds: number): string {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  const rest = (tenths % 600) / 10;
  const left = `${formatNumber(rest, 1)} s`;
  return tenths < 600 ? left : `${Math.floor(tenths / 600)} min ${left}`;
}

/** Return a duration as it is read out, such as `1 minute 5 seconds`. */
export function spokenDuration(seconds: number): string {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  const parts: [number, string][] = [
    [Math.floor(tenths / 36_000), "hour"],
    [Math.floor(tenths / 600) % 60, "minute"],
    [(tenths % 600) / 10, "second"],
  ];
  const spoken = parts.filter(([value], index) => value > 0 || (index === 2 && tenths === 0));
  return spoken.map(([value, unit]) => spokenUnit(value, unit)).join(" ");
}

function spokenUnit(value: number, unit: string): string {
  return value.toLocaleString(locale, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 1 });
}

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** Return a size in decimal units, such as `48.8 MB`. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes == null || !Number.isFinite(bytes)) return UNKNOWN;
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${value.toLocaleString(locale, options)} ${UNITS[unit]}`;
}

const PERCENT = new Intl.NumberFormat(locale, { style: "percent" });

/** Return `42%` for 42.3. */
export function formatPercent(percent: number): string {
  return PERCENT.format(percent / 100);
}

/** Return the common name of a resolution: `1080p` for `1920x1080` and `1080x1920`. */
export function formatResolution(resolution: string | null | undefined): string | null {
  const sides = resolution?.split("x").map(Number);
  if (sides?.length !== 2 || sides.some((side) => !(side > 0))) return null;
  const lines = Math.min(...sides);
  if (lines >= 4320) return "8K";
  if (lines >= 2160) return "4K";
  return `${lines}p`;
}

const RELATIVE = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["minute", 60],
  ["hour", 3600],
  ["day", 86400],
  ["week", 604800],
];
const DATE_PARTS = { day: "numeric", month: "short", year: "numeric" } as const;
const DATE = new Intl.DateTimeFormat(locale, DATE_PARTS);
const EXACT = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

/** Return a relative time such as `5 minutes ago`; the date after four weeks. */
export function formatAgo(iso: string, now = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const age = Math.abs(seconds);
  if (age < 45) return t("lib.justNow");
  if (age > 28 * 86400) return DATE.format(new Date(iso));
  const [unit, size] = STEPS.findLast(([, length]) => age >= length) ?? ["minute", 60];
  return RELATIVE.format(Math.round(seconds / size), unit);
}

export function formatExactDate(iso: string): string {
  return EXACT.format(new Date(iso));
}

const DAY_ONLY = /T00:00(:00(\.0+)?)?(Z|\+00:00)$/;
const UTC_DATE = new Intl.DateTimeFormat(locale, { ...DATE_PARTS, timeZone: "UTC" });

/** Return the date of a recording. Midnight in UTC represents a day without time, which has no time zone. */
export function formatDate(iso: string): string {
  return (DAY_ONLY.test(iso) ? UTC_DATE : DATE).format(new Date(iso));
}

/** Return the date and time of a recording; only the date if the time is unknown. */
export function formatDateTime(iso: string): string {
  return DAY_ONLY.test(iso) ? formatDate(iso) : formatExactDate(iso);
}

/** Return a count with its noun, such as `1 video` or `10,000 videos`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString(locale)} ${count === 1 ? one : many}`;
}

/** Capitalise the first word and end with a period, as API texts may be fragments. Identifiers stay as they are. */
export function sentence(text: string): string {
  const capitalised = /^\p{Ll}+[\s,]/u.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?…:]$/.test(capitalised) ? capitalised : `${capitalised}.`;
}
