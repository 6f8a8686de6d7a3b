/** What is being added, outside React: uploads and links go on while pages come and go. */

import { useSyncExternalStore } from "react";
import type { Problem } from "@/api/schema";

export type Phase =
  | "waiting"
  | "sending"
  | "paused"
  | "unfinished"
  | "offline"
  | "registering"
  | "fetching"
  | "done"
  | "known"
  | "failed";

export interface Entry {
  key: string;
  kind: "file" | "link";
  /** The file's name, or the link. */
  name: string;
  phase: Phase;
  done: number;
  total: number | null;
  secondsLeft: number | null;
  /** The video that came of it, or that was there before. */
  videoId: string | null;
  findMoments: boolean;
  problem: Problem | null;
}

/** What somebody may still do with an entry. */
export const OVER: readonly Phase[] = ["done", "known", "failed"];

let entries: readonly Entry[] = [];
const listeners = new Set<() => void>();

function set(next: readonly Entry[]): void {
  entries = next;
  for (const listener of listeners) listener();
}

export function allEntries(): readonly Entry[] {
  return entries;
}

export function putEntry(entry: Pick<Entry, "key" | "kind" | "name"> & Partial<Entry>): void {
  const whole: Entry = {
    phase: "waiting",
    done: 0,
    total: null,
    secondsLeft: null,
    videoId: null,
    findMoments: false,
    problem: null,
    ...entry,
  };
  const isNew = !entries.some(({ key }) => key === entry.key);
  set(isNew ? [...entries, whole] : entries.map((one) => (one.key === entry.key ? whole : one)));
}

export function changeEntry(key: string, change: Partial<Entry>): void {
  set(entries.map((entry) => (entry.key === key ? { ...entry, ...change } : entry)));
}

export function removeEntry(key: string): void {
  set(entries.filter((entry) => entry.key !== key));
}

export function removeFinished(): void {
  set(entries.filter((entry) => !OVER.includes(entry.phase)));
}

export function useEntries(): readonly Entry[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => entries,
  );
}

/** In words: what goes on, or how it ended. */
export function wordOf(entry: Entry): string {
  switch (entry.phase) {
    case "waiting":
      return "Waiting";
    case "sending":
      return "Sending";
    case "paused":
      return "Paused";
    case "unfinished":
      return "Not sent to its end";
    case "offline":
      return "Waiting for the connection";
    case "registering":
      return "Storing in the cloud";
    case "fetching":
      return "Fetching";
    case "done":
      return entry.findMoments ? "In the library; its moments are looked for" : "In the library";
    case "known":
      return "Already in the library";
    case "failed":
      return entry.problem?.title ?? "Failed";
  }
}

/** 0 to 100; null: it goes on, and nobody knows how far it is. */
export function percentOf(entry: Entry): number | null {
  if (OVER.includes(entry.phase)) return 100;
  if (entry.phase === "waiting") return 0;
  return entry.total ? Math.min(100, (100 * entry.done) / entry.total) : null;
}
