/** Options for finding moments: form values, request and storage. */

import type { RunRequest } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { t } from "@/i18n";
import { parseJson, readStored, writeStored } from "@/lib/storage";

/** Form values; an empty number field is NaN. */
export interface RunOptions {
  prompt: string;
  minLength: number;
  maxLength: number;
  minMoments: number;
  maxMoments: number;
}

/** The API's defaults. */
export const DEFAULT_OPTIONS: RunOptions = {
  prompt: "",
  minLength: 15,
  maxLength: 90,
  minMoments: 1,
  maxMoments: 10,
};
export const LENGTHS = { min: 1, max: 3600 } as const;
export const COUNTS = { min: 0, max: 100 } as const;
export const PROMPT_LENGTH = 4000;

/** Slider stops, finer for common values. */
export const LENGTH_STOPS = [
  1, 2, 3, 5, 8, 10, 15, 20, 25, 30, 40, 50, 60, 75, 90, 120, 150, 180, 240, 300, 420, 600, 900, 1200, 1800,
  2700, 3600,
] as const;
export const COUNT_STOPS = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100,
] as const;

/** Return the index of the stop nearest to `value`. */
export function nearestStop(stops: readonly number[], value: number): number {
  let best = 0;
  for (const [index, stop] of stops.entries()) {
    if (Math.abs(stop - value) < Math.abs((stops[best] ?? 0) - value)) best = index;
  }
  return best;
}

export type FieldErrors = Partial<Record<"prompt" | "lengths" | "moments", string>>;

/** Validate the form like the API does; returns an error per field. */
export function validate({ prompt, minLength, maxLength, minMoments, maxMoments }: RunOptions): FieldErrors {
  const errors: FieldErrors = {};
  if ([...prompt].length > PROMPT_LENGTH) errors.prompt = t("moments.enterAtMost4000");
  const isLength = (seconds: number) => seconds >= LENGTHS.min && seconds <= LENGTHS.max;
  if (!isLength(minLength) || !isLength(maxLength)) errors.lengths = "Enter 1 to 3,600 seconds.";
  else if (minLength > maxLength) errors.lengths = t("moments.minimumExceedsMaximum");
  const isCount = (count: number, least: number) =>
    Number.isInteger(count) && count >= least && count <= COUNTS.max;
  if (!isCount(minMoments, 0) || !isCount(maxMoments, 1))
    errors.moments = t("moments.enterWholeNumbersMinimum0");
  else if (minMoments > maxMoments) errors.moments = t("moments.minimumExceedsMaximum");
  return errors;
}

type GenerationOptions = Required<
  Pick<RunRequest, "min_moment_length" | "max_moment_length" | "min_moments" | "max_moments" | "user_prompt">
>;

export function toRequest({
  prompt,
  minLength,
  maxLength,
  minMoments,
  maxMoments,
}: RunOptions): GenerationOptions {
  return {
    min_moment_length: minLength,
    max_moment_length: maxLength,
    min_moments: minMoments,
    max_moments: maxMoments,
    user_prompt: prompt.trim() || null,
  };
}

/** Return false for a run that only transcribes, or only cuts clips. */
export function findsMoments({ options }: Pick<RunState, "options">): boolean {
  return options.stages?.includes("moment_generation") ?? true;
}

/** Return the options that produced the current moments, from the video's runs, newest first.
 *
 * A run with equal options reuses the moments and only cuts missing clips. */
export function lastRunOptions(runs: readonly RunState[]): RunRequest {
  const run = runs.find(
    (run) => findsMoments(run) && GENERATED.has(run.stages.moment_generation?.status ?? "pending"),
  );
  if (!run) return {};
  const { min_moment_length, max_moment_length, min_moments, max_moments, user_prompt, audio_stream } =
    run.options;
  return { min_moment_length, max_moment_length, min_moments, max_moments, user_prompt, audio_stream };
}

const GENERATED: ReadonlySet<string> = new Set(["completed", "skipped"]);

const STORAGE_KEY = "moment-options";

export function loadOptions(): RunOptions {
  return parseOptions(readStored(STORAGE_KEY));
}

export function saveOptions(options: RunOptions): void {
  writeStored(STORAGE_KEY, JSON.stringify(options));
}

/** Parse stored options; returns the defaults if they are invalid. */
export function parseOptions(text: string | null): RunOptions {
  const read = parseJson(text);
  if (typeof read !== "object" || read === null) return DEFAULT_OPTIONS;
  const options = { ...DEFAULT_OPTIONS };
  const { prompt } = read as Partial<RunOptions>;
  if (typeof prompt === "string") options.prompt = prompt;
  for (const name of ["minLength", "maxLength", "minMoments", "maxMoments"] as const) {
    const value = (read as Partial<RunOptions>)[name];
    if (typeof value === "number") options[name] = value;
  }
  return Object.keys(validate(options)).length === 0 ? options : DEFAULT_OPTIONS;
}
