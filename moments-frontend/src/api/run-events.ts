/** Live run states, received as server-sent events.
 *
 * One stream serves the whole app, because browsers allow only six connections per server. */

import { createEmitter } from "@/lib/emitter";
import { createStore, useStore } from "@/lib/store";
import { chaptersQuery } from "./chapters";
import { refreshMoments } from "./moments";
import { invalidate } from "./query-client";
import { cacheRun, isActive } from "./runs";
import type { RunState } from "./schema";
import { isDone, type RunKind, type StageName, stageOf } from "./stages";
import { transcriptQuery } from "./transcript";
import { refreshVideos, videoQuery } from "./videos";

const RECONNECT_MS = 3_000;
/** Time limit of a connection attempt. Browsers wait for minutes. */
const CONNECT_TIMEOUT_MS = 20_000;

export interface LiveRuns {
  /** By `runKey`: active runs, and those that finished while this page was open. */
  runs: ReadonlyMap<string, RunState>;
  isConnected: boolean;
}

/** A video has at most one active run of each kind. */
export function runKey(videoId: string, kind: RunKind): string {
  return `${kind}:${videoId}`;
}

const liveRuns = createStore<LiveRuns>({ runs: new Map(), isConnected: false }, connect);
const finished = createEmitter<[RunState]>();

/** Call `listener` for each run that finishes. Returns a function that removes it. */
export const onRunFinished = finished.subscribe;

function setConnected(isConnected: boolean): void {
  liveRuns.set({ ...liveRuns.get(), isConnected });
}

let openAgain: (() => void) | null = null;

/** Open the stream again at once if it is interrupted. */
export function reconnect(): void {
  if (!liveRuns.get().isConnected) openAgain?.();
}

/** Open the stream, and again after each error. Returns a function that closes it. */
function connect(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | undefined;
  const open = () => {
    clearTimeout(timer);
    source?.close();
    timer = setTimeout(open, CONNECT_TIMEOUT_MS);
    source = new EventSource("/api/pipeline/events");
    source.onopen = () => {
      clearTimeout(timer);
      setConnected(true);
      void invalidate(["runs"]); // events may have been missed
    };
    source.addEventListener("status", (event) => handleRunEvent(JSON.parse(event.data) as RunState));
    source.onerror = () => {
      // Browsers reconnect by themselves after a lost connection, but not after an error response.
      source?.close();
      setConnected(false);
      clearTimeout(timer);
      timer = setTimeout(open, RECONNECT_MS);
    };
  };
  openAgain = open;
  open();
  return () => {
    openAgain = null;
    clearTimeout(timer);
    source?.close();
  };
}

/** Store a run's state and invalidate the queries that its progress affects. */
export function handleRunEvent(run: RunState): void {
  const { runs } = liveRuns.get();
  const key = runKey(run.video_id, run.kind);
  const before = runs.get(key);
  liveRuns.set({ ...liveRuns.get(), runs: new Map(runs).set(key, run) });
  cacheRun(run);
  if (before?.request_id !== run.request_id) void invalidate(["runs", "list"]);
  if (run.kind === "playback") {
    // A copy changes the page of its video, but no list.
    if (before?.status !== run.status) void invalidate(videoQuery(run.video_id).queryKey);
    return;
  }
  if (hasFinishedStage(before, run, "video_download")) void refreshVideos();
  if (hasFinishedStage(before, run, "transcription")) void invalidate(transcriptQuery(run.video_id).queryKey);
  if (hasFinishedStage(before, run, "moment_generation") || hasFinishedStage(before, run, "clip_upload")) {
    void refreshMoments(run.video_id);
  }
  const mayHaveChapters =
    hasFinishedStage(before, run, "transcription") || hasFinishedStage(before, run, "moment_generation");
  if (mayHaveChapters) void invalidate(chaptersQuery(run.video_id).queryKey);
  if (!isActive(run) && (before === undefined || isActive(before))) {
    void refreshVideos();
    void refreshMoments(run.video_id);
    if (before !== undefined) finished.emit(run);
  }
}

function hasFinishedStage(before: RunState | undefined, now: RunState, stage: StageName): boolean {
  return (
    before !== undefined &&
    before.request_id === now.request_id &&
    !isDone(stageOf(before, stage)) &&
    isDone(stageOf(now, stage))
  );
}

/** Return all live runs; changes several times a second while one is active. */
export function useLiveRuns(): LiveRuns {
  return useStore(liveRuns);
}

/** Return the run of one video, if it is active or has just finished. */
export function useLiveRun(videoId: string, kind: RunKind = "moments"): RunState | undefined {
  return useStore(liveRuns, ({ runs }) => runs.get(runKey(videoId, kind)));
}

/** Return the number of active runs. */
export function useActiveCount(): number {
  return useStore(liveRuns, ({ runs }) => [...runs.values()].filter(isActive).length);
}
