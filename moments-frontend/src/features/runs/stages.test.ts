import { expect, test } from "vitest";
import { STAGES } from "@/api/runs";
import type { RunState, StageState } from "@/api/schema";
import { elapsed, percentOf, stageFacts, stageLeft } from "./stages";

const NOW = Date.parse("2026-05-20T12:00:10Z");

function stage(fields: Partial<StageState> = {}): StageState {
  return {
    status: "pending",
    reason: null,
    started_at: null,
    completed_at: null,
    percent: 0,
    bytes_done: null,
    bytes_total: null,
    items_done: null,
    items_total: null,
    seconds: null,
    attempts: 0,
    error: null,
    ...fields,
  };
}

function run(stages: Partial<RunState["stages"]>, fields: Partial<RunState> = {}): RunState {
  const all = Object.fromEntries(STAGES.map((name) => [name, stage()]));
  return { status: "processing", stages: { ...all, ...stages }, ...fields } as RunState;
}

test("a run is as far as its stages", () => {
  expect(percentOf(run({}))).toBe(0);
  const half = stage({ status: "processing", percent: 50 });
  expect(percentOf(run({ video_download: stage({ status: "skipped" }), audio_extraction: half }))).toBe(
    18.75,
  );
  expect(percentOf(run({}, { status: "completed" }))).toBe(100);
});

test("elapsed goes on until it ends", () => {
  const started = { started_at: "2026-05-20T12:00:00Z" };
  expect(elapsed(run({}), NOW)).toBeNull();
  expect(elapsed(run({}, started), NOW)).toBe(10);
  expect(elapsed(run({}, { ...started, finished_at: "2026-05-20T12:00:04Z" }), NOW)).toBe(4);
});

test("what is left is told only where it can be told", () => {
  const going = { status: "processing", started_at: "2026-05-20T12:00:00Z" } as const;
  expect(stageLeft(stage({ ...going, percent: 25 }), NOW)).toBe(30);
  expect(stageLeft(stage({ ...going, percent: 1 }), NOW)).toBeNull();
  expect(stageLeft(stage({ percent: 25 }), NOW)).toBeNull();
});

test("the facts of a stage", () => {
  expect(stageFacts(stage())).toBe("");
  const sending = stage({
    status: "processing",
    percent: 41.7,
    bytes_done: 5e6,
    bytes_total: 12e6,
    attempts: 2,
  });
  expect(stageFacts(sending)).toBe("41 % · 5.0 MB of 12.0 MB · try 2");
  expect(stageFacts(stage({ status: "skipped", reason: "already transcribed" }))).toBe("already transcribed");
  expect(stageFacts(stage({ status: "completed", seconds: 61, items_done: 3, items_total: 3 }))).toBe(
    "3 of 3 · 1 min 1 s",
  );
});
