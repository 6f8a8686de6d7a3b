/** Steps of the trim handles: by sentences, words or time. */

import type { TextKey } from "@/i18n";
import { readStored, writeStored } from "@/lib/storage";
import type { TrimHandle } from "./trim";

export const STEP_UNITS = ["sentence", "word", "time"] as const;
export type StepUnit = (typeof STEP_UNITS)[number];
export const STEP_LABELS: Record<StepUnit, TextKey> = {
  sentence: "moments.stepSentence",
  word: "moments.stepWord",
  time: "moments.stepTime",
};

interface Timed {
  start: number;
  end: number;
}

/** Times at which a handle can stop. */
export interface StepTargets {
  words: readonly Timed[];
  sentences: readonly Timed[];
}

const TIME_STEP = 0.1;
/** Steps at once while Shift is held. */
const LARGE = { time: 10, word: 5, sentence: 5 } as const;
/** Edges closer than this are the same. */
const SAME_SECONDS = 0.011;

/** Return where a step moves a handle: to the next start (or end, for the end handle) of a word or sentence. */
export function stepHandle(
  handle: TrimHandle,
  from: number,
  unit: StepUnit,
  { direction, count }: Step,
  { words, sentences }: StepTargets,
): number {
  const targets = unit === "word" ? words : unit === "sentence" ? sentences : [];
  if (targets.length === 0) return from + direction * count * TIME_STEP;
  const times = targets.map((target) => target[handle]);
  const isNext = (time: number) => time > from + SAME_SECONDS;
  const isPrevious = (time: number) => time < from - SAME_SECONDS;
  const ahead = direction > 0 ? times.filter(isNext) : times.filter(isPrevious).reverse();
  return ahead[Math.min(count, ahead.length) - 1] ?? from;
}

export interface Step {
  direction: 1 | -1;
  count: number;
}

/** Return the step of a key; null for other keys. */
export function keyStep(key: string, isShift: boolean, unit: StepUnit): Step | null {
  const direction = DIRECTIONS[key];
  if (direction === undefined) return null;
  return { direction, count: isShift || key.startsWith("Page") ? LARGE[unit] : 1 };
}

const DIRECTIONS: Readonly<Record<string, 1 | -1>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageUp: 1,
  PageDown: -1,
};

const STORAGE_KEY = "trim-step";

export function loadStepUnit(): StepUnit {
  const stored = readStored(STORAGE_KEY);
  return STEP_UNITS.find((unit) => unit === stored) ?? "time";
}

export function saveStepUnit(unit: StepUnit): void {
  writeStored(STORAGE_KEY, unit);
}
