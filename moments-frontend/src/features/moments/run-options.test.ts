import { expect, test } from "vitest";
import type { RunState } from "@/api/schema";
import {
  COUNT_STOPS,
  DEFAULT_OPTIONS,
  LENGTH_STOPS,
  lastRunOptions,
  nearestStop,
  parseOptions,
  toRequest,
  validate,
} from "./run-options";

test("the form becomes a request", () => {
  const asked = { prompt: "  about Paris \n", minLength: 20, maxLength: 60.5, minMoments: 0, maxMoments: 5 };
  expect(toRequest(asked)).toEqual({
    min_moment_length: 20,
    max_moment_length: 60.5,
    min_moments: 0,
    max_moments: 5,
    user_prompt: "about Paris",
  });
  expect(toRequest(DEFAULT_OPTIONS).user_prompt).toBeNull();
});

test("defaults and limits are valid", () => {
  expect(validate(DEFAULT_OPTIONS)).toEqual({});
  const widest = { prompt: "x".repeat(4000), minLength: 1, maxLength: 3600, minMoments: 0, maxMoments: 100 };
  expect(validate(widest)).toEqual({});
});

test.each([
  [{ prompt: "x".repeat(4001) }, ["prompt"]],
  [{ minLength: 0.5 }, ["lengths"]],
  [{ maxLength: 3601 }, ["lengths"]],
  [{ minLength: Number.NaN }, ["lengths"]],
  [{ minLength: 91 }, ["lengths"]],
  [{ minMoments: 11 }, ["moments"]],
  [{ minMoments: 0, maxMoments: 0 }, ["moments"]],
  [{ maxMoments: 2.5 }, ["moments"]],
  [{ maxMoments: 101, minLength: 91 }, ["lengths", "moments"]],
])("%o is not taken", (wrong, fields) => {
  expect(Object.keys(validate({ ...DEFAULT_OPTIONS, ...wrong }))).toEqual(fields);
});

test("stored options are restored if valid", () => {
  const kept = { ...DEFAULT_OPTIONS, prompt: "jokes", maxLength: 60 };
  expect(parseOptions(JSON.stringify(kept))).toEqual(kept);
  expect(parseOptions(JSON.stringify({ ...kept, maxLength: -1 }))).toEqual(DEFAULT_OPTIONS);
  expect(parseOptions(JSON.stringify({ prompt: 7 }))).toEqual(DEFAULT_OPTIONS);
  expect(parseOptions("{")).toEqual(DEFAULT_OPTIONS);
  expect(parseOptions(null)).toEqual(DEFAULT_OPTIONS);
});

test("the nearest stop is selected", () => {
  expect(LENGTH_STOPS[nearestStop(LENGTH_STOPS, 61)]).toBe(60);
  expect(LENGTH_STOPS[nearestStop(LENGTH_STOPS, 5000)]).toBe(3600);
  expect(COUNT_STOPS[nearestStop(COUNT_STOPS, 13)]).toBe(12);
  expect(nearestStop(COUNT_STOPS, Number.NaN)).toBe(0);
});

test("clips use the options of the current moments", () => {
  const ran = (status: string, prompt: string, stages: string[] | null = null) => ({
    options: {
      stages,
      ...toRequest(DEFAULT_OPTIONS),
      user_prompt: prompt,
      audio_stream: 2,
      regenerate: true,
      force_download: true,
    },
    stages: { moment_generation: { status } },
  });
  const runs = [
    ran("pending", "cancelled before"),
    ran("skipped", "only transcribed", ["transcription"]),
    ran("skipped", "jokes"),
    ran("completed", "older"),
  ];
  expect(lastRunOptions(runs as unknown as RunState[])).toEqual({
    ...toRequest(DEFAULT_OPTIONS),
    user_prompt: "jokes",
    audio_stream: 2,
  });
  expect(lastRunOptions([])).toEqual({});
});
