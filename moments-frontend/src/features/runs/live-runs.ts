/** The runs that go on, as the server tells of them: one stream of events for the whole app.
 *
 * A browser has only six connections to a server, so there is one stream and everybody reads what it keeps. */

import { useSyncExternalStore } from "react";
import { refreshMoments } from "@/api/moments";
import { readAnew } from "@/api/query-client";
import { isActive, keep } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { transcriptQuery } from "@/api/transcript";
import { refreshVideos } from "@/api/videos";

const AGAIN_MS = 3_000;

export interface LiveRuns {
  /** By video: those that go on, and those that have ended while this page was open. */
  runs: ReadonlyMap<string, RunState>;
  isConnected: boolean;
}

type Ended = (run: RunState) => void;

let snapshot: LiveRuns = { runs: new Map(), isConnected: false };
let source: EventSource | null = null;
let again: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();
const endings = new Set<Ended>();

function publish(next: Partial<LiveRuns>): void {
  snapshot = { ...snapshot, ...next };
  for (const listener of listeners) listener();
}

function connect(): void {
  source = new EventSource("/api/pipeline/events");
  source.onopen = () => {
    publish({ isConnected: true });
    // What happened while nobody listened.
    void readAnew(["runs"]);
  };
  source.addEventListener("status", (event) => hear(JSON.parse(event.data) as RunState));
  source.onerror = () => {
    // A browser gives up on its own where the answer is an error; where the line is cut it does not.
    source?.close();
    publish({ isConnected: false });
    again = setTimeout(connect, AGAIN_MS);
  };
}

/** Take in a state. Of a run that is new here or has ended, the pages that show its results read them anew. */
export function hear(run: RunState): void {
  const before = snapshot.runs.get(run.video_id);
  publish({ runs: new Map(snapshot.runs).set(run.video_id, run) });
  keep(run);
  if (before?.request_id !== run.request_id) void readAnew(["runs", "list"]);
  if (hasPassed(before, run, "video_download")) void refreshVideos();
  if (hasPassed(before, run, "transcription")) {
    void readAnew(transcriptQuery(run.video_id).queryKey);
  }
  if (hasPassed(before, run, "moment_generation") || hasPassed(before, run, "clip_upload")) {
    void refreshMoments(run.video_id);
  }
  if (!isActive(run) && (before === undefined || isActive(before))) {
    void refreshVideos();
    void refreshMoments(run.video_id);
    if (before !== undefined) for (const ending of endings) ending(run);
  }
}

function hasPassed(before: RunState | undefined, now: RunState, stage: keyof RunState["stages"]): boolean {
  const over = (run: RunState) => ["completed", "skipped"].includes(run.stages[stage]?.status ?? "pending");
  return before !== undefined && before.request_id === now.request_id && !over(before) && over(now);
}

/** Called with each run that ends while the page is open. */
export function onRunEnded(listener: Ended): () => void {
  endings.add(listener);
  return () => endings.delete(listener);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) connect();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearTimeout(again);
    source?.close();
    source = null;
  };
}

/** The runs that go on; changes several times a second while one does. */
export function useLiveRuns(): LiveRuns {
  return useSyncExternalStore(subscribe, () => snapshot);
}

/** The run of one video, if it goes on or has just ended. */
export function useLiveRun(videoId: string): RunState | undefined {
  return useSyncExternalStore(subscribe, () => snapshot.runs.get(videoId));
}

/** How many go on. */
export function useActiveCount(): number {
  return useSyncExternalStore(subscribe, () => [...snapshot.runs.values()].filter(isActive).length);
}
