import { expect, test } from "vitest";
import type { RunState, StageState } from "@/api/schema";
import { PENDING_STAGE, STAGES } from "@/api/stages";
import { elapsedSeconds, estimatedRemaining, percentOf, stageSummary } from "./stages";

const NOW = Date.parse("2026-05-20T12:00:10Z");

function stage(fields: Partial<StageState> = {}): StageState {
  return { ...PENDING_STAGE, ...fields };
}

function run(stages: Partial<RunState["stages"]>, fields: Partial<RunState> = {}): RunState {
  const all = Object.fromEntries(STAGES.moments.map((name) => [name, stage()]));
  return { kind: "moments", status: "processing", stages: { ...all, ...stages }, ...fields } as RunState;
}

test("every stage has the same share of the progress", () => {
  expect(percentOf(run({}))).toBe(0);
  const half = stage({ status: "processing", percent: 50 });
  expect(percentOf(run({ video_download: stage({ status: "skipped" }), audio_extraction: half }))).toBe(
    18.75,
  );
  expect(percentOf(run({}, { status: "completed" }))).toBe(100);
});

test("the progress of a playback copy counts its own stages", () => {
  const copying = { playback_copy: stage({ status: "processing", percent: 50 }) };
  expect(percentOf(run(copying, { kind: "playback" }))).toBe(25);
});

test("the elapsed time stops when the run finishes", () => {
  const started = { started_at: "2026-05-20T12:00:00Z" };
  expect(elapsedSeconds(run({}), NOW)).toBeNull();
  expect(elapsedSeconds(run({}, started), NOW)).toBe(10);
  expect(elapsedSeconds(run({}, { ...started, finished_at: "2026-05-20T12:00:04Z" }), NOW)).toBe(4);
});

test("the remaining time needs enough progress", () => {
  const active = { status: "processing", started_at: "2026-05-20T12:00:00Z" } as const;
  expect(estimatedRemaining(stage({ ...active, percent: 25 }), NOW)).toBe(30);
  expect(estimatedRemaining(stage({ ...active, percent: 1 }), NOW)).toBeNull();
  expect(estimatedRemaining(stage({ percent: 25 }), NOW)).toBeNull();
});

test("the summary of a stage", () => {
  expect(stageSummary(stage())).toBe("");
  const uploading = stage({
    status: "processing",
    percent: 41.7,
    bytes_done: 5e6,
    bytes_total: 12e6,
    attempts: 2,
  });
  expect(stageSummary(uploading)).toBe("41% · 5.0 MB of 12.0 MB · attempt 2");
  expect(stageSummary(stage({ status: "skipped", reason: "already transcribed" }))).toBe(
    "already transcribed",
  );
  expect(stageSummary(stage({ status: "completed", seconds: 61, items_done: 3, items_total: 3 }))).toBe(
    "3 of 3 · 1 min 1 s",
  );
});
