import { expect, test } from "vitest";
import type { RunState } from "@/api/schema";
import { PENDING_STAGE } from "@/api/stages";
import { changeByRun } from "./follow-runs";
import { canWatch, explanation, statusLabel, type UploadItem } from "./store";

const FILE: UploadItem = {
  key: "a",
  kind: "file",
  name: "talk.mp4",
  folder: "",
  status: "processing",
  done: 0,
  total: null,
  secondsLeft: null,
  size: 100,
  videoId: "talk",
  findMoments: true,
  runId: "run",
  moments: null,
  problem: null,
};
const LINK: UploadItem = { ...FILE, kind: "link", status: "downloading" };
const ERROR = {
  type: "urn:videomoments:error:no-speech",
  title: "No speech",
  detail: "the audio is silent",
  remedy: "select another audio track",
  retryable: false,
};

const run = (status: RunState["status"], rest: object = {}): RunState =>
  ({
    request_id: "run",
    kind: "moments",
    video_id: "talk",
    status,
    stages: {},
    error: null,
    ...rest,
  }) as RunState;
const after = (item: UploadItem, state: RunState): UploadItem => ({ ...item, ...changeByRun(item, state) });
const downloaded = { stages: { video_download: { ...PENDING_STAGE, status: "completed" } } };

test("a completed run states its moments", () => {
  const stages = { moment_generation: { ...PENDING_STAGE, status: "completed", items_done: 4 } };
  expect(statusLabel(after(FILE, run("completed", { stages })))).toBe("Added · 4 moments found");
});

test("a failed run of an added video states the cause, and the video can be watched", () => {
  const failed = after(FILE, run("failed", { error: ERROR }));
  expect(statusLabel(failed)).toBe("Added, but finding moments failed");
  expect(explanation(failed)).toBe("The audio is silent. Select another audio track.");
  expect(canWatch(failed)).toBe(true);
});

test("a link is added once it is downloaded", () => {
  expect(changeByRun(LINK, run("processing")).status).toBe("downloading");
  expect(changeByRun(LINK, run("processing", downloaded)).status).toBe("processing");
  const failed = after(LINK, run("failed", { error: ERROR }));
  expect(statusLabel(failed)).toBe("No speech");
  expect(canWatch(failed)).toBe(false);
});

test("a cancelled run leaves a video only if it was added", () => {
  const before = after(LINK, run("cancelled"));
  expect([statusLabel(before), canWatch(before)]).toEqual(["Cancelled", false]);
  const later = after(LINK, run("cancelled", downloaded));
  expect([statusLabel(later), canWatch(later)]).toEqual(["Added; finding moments was cancelled", true]);
});

test("a link to a known video is a duplicate", () => {
  const state = run("failed", { error: { ...ERROR, video_id: "other" } });
  expect(changeByRun(LINK, state)).toMatchObject({ status: "duplicate", videoId: "other" });
});
