/** Uploads and links being added. Kept outside React, because they continue while pages change. */

import { problemText } from "@/api/errors";
import type { Problem } from "@/api/schema";
import { createStore, useStore } from "@/lib/store";

export type UploadStatus =
  | "queued"
  | "uploading"
  | "paused"
  /** Started in an earlier visit; continues once the user selects the file again. */
  | "incomplete"
  | "offline"
  | "registering"
  /** The server downloads the link. */
  | "downloading"
  | "done"
  | "duplicate"
  | "failed";

export interface UploadItem {
  key: string;
  kind: "file" | "link";
  /** The file's name, or the link. */
  name: string;
  status: UploadStatus;
  /** Bytes transferred by the current step. */
  done: number;
  total: number | null;
  secondsLeft: number | null;
  /** The video created by the upload, or the existing one. */
  videoId: string | null;
  findMoments: boolean;
  problem: Problem | null;
}

/** Statuses in which nothing more happens. */
export const FINISHED: readonly UploadStatus[] = ["done", "duplicate", "failed"];

const items = createStore<readonly UploadItem[]>([]);

export const getItems = items.get;

export function useItems(): readonly UploadItem[] {
  return useStore(items);
}

/** Add an item, or replace the one with the same key. */
export function putItem(item: Pick<UploadItem, "key" | "kind" | "name"> & Partial<UploadItem>): void {
  const full: UploadItem = {
    status: "queued",
    done: 0,
    total: null,
    secondsLeft: null,
    videoId: null,
    findMoments: false,
    problem: null,
    ...item,
  };
  const list = getItems();
  const isNew = !list.some(({ key }) => key === item.key);
  items.set(isNew ? [...list, full] : list.map((other) => (other.key === item.key ? full : other)));
}

export function updateItem(key: string, change: Partial<UploadItem>): void {
  items.set(getItems().map((item) => (item.key === key ? { ...item, ...change } : item)));
}

export function removeItem(key: string): void {
  items.set(getItems().filter((item) => item.key !== key));
}

export function removeFinished(): void {
  items.set(getItems().filter(({ status }) => !FINISHED.includes(status)));
}

const LABELS: Record<UploadStatus, string> = {
  queued: "Queued",
  uploading: "Uploading",
  paused: "Paused",
  incomplete: "Upload incomplete",
  offline: "Waiting for connection",
  registering: "Saving to the cloud",
  downloading: "Downloading",
  done: "Added",
  duplicate: "Already in the library",
  failed: "Failed",
};

export function statusLabel({ status, findMoments, problem }: UploadItem): string {
  if (status === "failed" && problem) return problem.title;
  return status === "done" && findMoments ? "Added; finding moments" : LABELS[status];
}

/** Remedies in this app; those of the API are for its other clients. */
const REMEDIES: Readonly<Record<string, string>> = {
  "already-in-library": "Press Add anyway if it is a different video.",
  "identifier-conflict": "Rename the file and add it again to keep both videos.",
  "same-content": "Watch the existing video instead.",
};

/** Return why an item failed or was not added, and what to do; null if there is nothing to explain. */
export function explanation({ kind, status, problem }: UploadItem): string | null {
  if (problem && (status === "failed" || status === "duplicate")) {
    const type = problem.type.split(":").at(-1) ?? "";
    return problemText({ detail: problem.detail, remedy: REMEDIES[type] ?? problem.remedy });
  }
  if (status !== "duplicate") return null;
  return kind === "link"
    ? "The library already has a video from this link."
    : "The library already has a video with exactly the same content.";
}

/** Return the progress from 0 to 100; null if unknown. */
export function percentOf(item: UploadItem): number | null {
  if (FINISHED.includes(item.status)) return 100;
  if (item.status === "queued") return 0;
  return item.total ? Math.min(100, (100 * item.done) / item.total) : null;
}
