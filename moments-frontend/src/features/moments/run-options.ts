/** What somebody asks of a new search for moments: as a form, as a request, and kept in this browser. */

import type { RunRequest } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { parseJson, readStored, writeStored } from "@/lib/storage";

/** An empty number field is NaN. */
export interface RunOptions {
  prompt: string;
  minLength: number;
  maxLength: number;
  minMoments: number;
  maxMoments: number;
}

/** The API's own. */
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

/** Where the sliders stop: fine where most people are, coarse where few are. */
export const LENGTH_STOPS = [
  1, 2, 3, 5, 8, 10, 15, 20, 25, 30, 40, 50, 60, 75, 90, 120, 150, 180, 240, 300, 420, 600, 900, 1200, 1800,
  2700, 3600,
] as const;
export const COUNT_STOPS = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100,
] as const;

/** The stop that is nearest to a value: where its thumb stands. */
export function nearestStop(stops: readonly number[], value: number): number {
  let best = 0;
  for (const [index, stop] of stops.entries()) {
    if (Math.abs(stop - value) < Math.abs((stops[best] ?? 0) - value)) best = index;
  }
  return best;
}

export type FieldErrors = Partial<Record<"prompt" | "lengths" | "moments", string>>;

/** What the API would not take, field by field. */
export function validate({ prompt, minLength, maxLength, minMoments, maxMoments }: RunOptions): FieldErrors {
  const faults: FieldErrors = {};
  if ([...prompt].length > PROMPT_LENGTH) faults.prompt = "Say it in 4,000 characters at most.";
  const isLength = (seconds: number) => seconds >= LENGTHS.min && seconds <= LENGTHS.max;
  if (!isLength(minLength) || !isLength(maxLength))
    faults.lengths = "A moment lasts from 1 to 3,600 seconds.";
  else if (minLength > maxLength) faults.lengths = "The shortest is longer than the longest.";
  const isCount = (count: number, least: number) =>
    Number.isInteger(count) && count >= least && count <= COUNTS.max;
  if (!isCount(minMoments, 0) || !isCount(maxMoments, 1))
    faults.moments = "Ask for whole numbers: from 0, and up to between 1 and 100.";
  else if (minMoments > maxMoments) faults.moments = "The fewest are more than the most.";
  return faults;
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

/** What the moments that are there were asked for with, of the video's runs, newest first.
 *
 * A run with the same finds them done, and makes what is missing; one with anything else looks anew. */
export function lastRunOptions(runs: readonly RunState[]): RunRequest {
  const run = runs.find(({ stages }) => GENERATED.has(stages.moment_generation?.status ?? "pending"));
  if (!run) return {};
  const { min_moment_length, max_moment_length, min_moments, max_moments, user_prompt } = run.options;
  return { min_moment_length, max_moment_length, min_moments, max_moments, user_prompt };
}

const GENERATED: ReadonlySet<string> = new Set(["completed", "skipped"]);

const STORAGE_KEY = "moment-options";

export function loadOptions(): RunOptions {
  return parseOptions(readStored(STORAGE_KEY));
}

export function saveOptions(options: RunOptions): void {
  writeStored(STORAGE_KEY, JSON.stringify(options));
}

/** Options of a text that this app wrote once; its own where it is no such text. */
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
