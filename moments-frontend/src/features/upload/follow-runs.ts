/** Follows the runs of uploads and links to their end. */

import { client, unwrap } from "@/api/client";
import { NO_RESPONSE, toApiError } from "@/api/errors";
import { translateProblem } from "@/api/problem-texts";
import { onRunFinished } from "@/api/run-events";
import { isActive } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { isDone, stageOf } from "@/api/stages";
import { getItems, type UploadItem, updateItem } from "./store";

/** Events report the end of a run at once; these requests notice what was missed while disconnected. */
const POLL_MS = 5_000;
/** Runs asked about in one round. */
const MAX_POLLED = 10;

let isPolling = false;
/** Item asked about last, so that each has its turn. */
let lastKey = "";

/** Report whether the server works on an item. */
export function isFollowed({ status, videoId }: UploadItem): boolean {
  return videoId !== null && (status === "downloading" || status === "processing");
}

/** Update items with the state of their runs until all of these have ended. */
export function followRuns(): void {
  if (!isPolling) void poll();
}

async function poll(): Promise<void> {
  isPolling = true;
  const unsubscribe = onRunFinished((run) => {
    const isOfRun = (item: UploadItem) => isFollowed(item) && item.runId === run.request_id;
    for (const item of getItems().filter(isOfRun)) updateItem(item.key, changeByRun(item, run));
  });
  while (getItems().some(isFollowed)) {
    for (const key of nextKeys()) await pollOnce(key);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  unsubscribe();
  isPolling = false;
}

function nextKeys(): string[] {
  const keys = getItems()
    .filter(isFollowed)
    .map(({ key }) => key);
  const start = keys.indexOf(lastKey) + 1;
  const next = [...keys.slice(start), ...keys.slice(0, start)].slice(0, MAX_POLLED);
  lastKey = next.at(-1) ?? "";
  return next;
}

async function pollOnce(key: string): Promise<void> {
  const find = () => getItems().find((item) => item.key === key && isFollowed(item));
  const videoId = find()?.videoId;
  if (videoId == null) return;
  try {
    const params = { path: { video_id: videoId } };
    const run = await unwrap(client.GET("/api/pipeline/{video_id}/status", { params }));
    const item = find();
    if (item) updateItem(key, changeByRun(item, run));
  } catch (error) {
    // The video was deleted together with its runs.
    if (toApiError(error).status === 404) updateItem(key, { status: "done", runId: null });
  }
}

/** Return what the latest state of its run changes in an item. */
export function changeByRun({ kind, videoId }: UploadItem, run: RunState): Partial<UploadItem> {
  const runId = run.request_id;
  const isAdded = kind === "file" || isDone(stageOf(run, "video_download"));
  if (isActive(run)) return { status: isAdded ? "processing" : "downloading", runId };
  if (run.status === "completed") {
    const moments = stageOf(run, "moment_generation").items_done;
    return { status: "done", runId, moments, problem: null };
  }
  const problem = run.error && translateProblem({ ...NO_RESPONSE, ...run.error });
  // The id that the run would have registered has no video if the library has another one.
  const existing = run.error?.video_id ?? null;
  if (existing !== null) return { status: "duplicate", runId, videoId: existing, problem };
  if (run.status === "cancelled") {
    return { status: "runCancelled", runId, videoId: isAdded ? videoId : null, problem };
  }
  return { status: isAdded ? "runFailed" : "failed", runId, problem };
}
