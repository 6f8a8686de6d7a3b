/** Uploads and links being added. Kept outside React, because they continue while pages change. */

import { problemText } from "@/api/errors";
import type { Problem } from "@/api/schema";
import { type TextKey, t } from "@/i18n";
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
  /** The video was added; its run has not ended. */
  | "processing"
  | "done"
  | "duplicate"
  | "failed"
  | "runFailed"
  | "runCancelled";

export interface UploadItem {
  key: string;
  kind: "file" | "link";
  /** The file's name, or the link. */
  name: string;
  /** The folder that is kept in the library; empty for a single file. */
  folder: string;
  status: UploadStatus;
  /** Bytes transferred by the current step. */
  done: number;
  total: number | null;
  secondsLeft: number | null;
  /** Bytes of the file; null for links. */
  size: number | null;
  /** The video created by the upload, or the existing one. */
  videoId: string | null;
  findMoments: boolean;
  /** The run that finds its moments. */
  runId: string | null;
  /** Number of moments found by the run; null if it has not looked for any. */
  moments: number | null;
  problem: Problem | null;
}

/** Statuses in which nothing more happens. */
export const FINISHED: readonly UploadStatus[] = ["done", "duplicate", "failed", "runFailed", "runCancelled"];

const items = createStore<readonly UploadItem[]>([]);

export const getItems = items.get;

export function useItems(): readonly UploadItem[] {
  return useStore(items);
}

/** Add an item, or replace the one with the same key. */
export function putItem(item: Pick<UploadItem, "key" | "kind" | "name"> & Partial<UploadItem>): void {
  const full: UploadItem = {
    folder: "",
    status: "queued",
    done: 0,
    total: null,
    secondsLeft: null,
    size: null,
    videoId: null,
    findMoments: false,
    runId: null,
    moments: null,
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

const LABELS: Record<UploadStatus, TextKey> = {
  queued: "upload.statusQueued",
  uploading: "upload.statusUploading",
  paused: "upload.statusPaused",
  incomplete: "upload.statusIncomplete",
  offline: "upload.statusOffline",
  registering: "upload.statusRegistering",
  downloading: "upload.statusDownloading",
  processing: "upload.statusFindingMoments",
  done: "upload.statusDone",
  duplicate: "upload.statusDuplicate",
  failed: "upload.statusFailed",
  runFailed: "upload.statusRunFailed",
  runCancelled: "upload.statusRunCancelled",
};

export function statusLabel({ status, moments, videoId, problem }: UploadItem): string {
  if (status === "failed" && problem) return problem.title;
  if (status === "done" && moments !== null) return t("upload.statusMomentsFound", { count: moments });
  // The run of a link was cancelled before it had downloaded the video.
  if (status === "runCancelled" && videoId === null) return t("upload.statusCancelled");
  return t(LABELS[status]);
}

/** Remedies in this app; those of the API are for its other clients. */
const REMEDIES: Readonly<Record<string, TextKey>> = {
  "already-in-library": "upload.remedyForce",
  "identifier-conflict": "upload.remedyRename",
  "same-content": "upload.remedyWatch",
  "link-registered": "upload.remedyWatch",
};

/** Return why an item failed or was not added, and what to do; null if there is nothing to explain. */
export function explanation({ kind, status, problem }: UploadItem): string | null {
  if (problem && (status === "failed" || status === "duplicate" || status === "runFailed")) {
    const key = REMEDIES[kindOf(problem)];
    return problemText({ detail: problem.detail, remedy: key ? t(key) : problem.remedy });
  }
  if (status !== "duplicate") return null;
  return t(kind === "link" ? "upload.duplicateLink" : "upload.duplicateFile");
}

function kindOf(problem: Problem): string {
  return problem.type.split(":").at(-1) ?? "";
}

/** Return the progress from 0 to 100; null if unknown. */
export function percentOf(item: UploadItem): number | null {
  if (FINISHED.includes(item.status)) return 100;
  if (item.status === "queued") return 0;
  if (item.status === "processing") return null;
  return item.total ? Math.min(100, (100 * item.done) / item.total) : null;
}

/** Report whether an item has a video that can be watched. A failed one has none, unless it names another. */
export function canWatch({ status, videoId, problem }: UploadItem): boolean {
  if (videoId === null) return false;
  if (status === "failed") return problem !== null && kindOf(problem) === "same-content";
  return FINISHED.includes(status) || status === "processing";
}
