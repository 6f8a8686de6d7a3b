/** Sends files with tus, and submits links to the pipeline. */

import Uppy from "@uppy/core";
import Tus from "@uppy/tus";
import { client, unwrap } from "@/api/client";
import { clientProblem, toApiError, toProblem } from "@/api/errors";
import { retryRun, startRun } from "@/api/runs";
import type { Problem } from "@/api/schema";
import { t } from "@/i18n";
import { parseJson } from "@/lib/storage";
import { TransferRate } from "@/lib/transfer-rate";
import type { FoundFile } from "./dropped-files";
import { followRuns } from "./follow-runs";
import { addPending, removePending } from "./pending-uploads";
import { pollStatus, retryRegistration, uploadIdOf } from "./polling";
import { shouldRetry } from "./retry";
import { getItems, putItem, removeItem, type UploadItem, updateItem } from "./store";

const MIB = 2 ** 20;
/** Bytes per request, and so the most that a lost connection costs. */
const CHUNK_BYTES = 16 * MIB;
const MAX_CONCURRENT = 3;
/** After the last delay the upload fails, and the user can retry it. */
const RETRY_DELAYS_MS = [0, 1_000, 3_000, 5_000, 10_000, 20_000];

type Meta = { filename: string; folder: string; find_moments: string; force: string; relativePath?: string };

/** Uppy's file, with the fields of its tus plugin. */
type TusFile = { isPaused?: boolean; tus?: { uploadUrl?: string | null } };

const uploadIdFromUrl = (url: string | null | undefined) => url?.split("/").at(-1) ?? "";

const rates = new Map<string, TransferRate>();

const uppy = new Uppy<Meta, Record<string, never>>({ id: "videos", autoProceed: true });
uppy.use(Tus, {
  endpoint: "/api/uploads",
  chunkSize: CHUNK_BYTES,
  limit: MAX_CONCURRENT,
  retryDelays: RETRY_DELAYS_MS,
  allowedMetaFields: ["filename", "folder", "find_moments", "force"],
  removeFingerprintOnSuccess: true,
  onShouldRetry: (error, _attempt, _options, next) => {
    const { originalRequest: request, originalResponse: response } = error;
    const method = request?.getMethod() ?? "";
    const status = response?.getStatus() ?? null;
    return shouldRetry({ method, status, body: response?.getBody() ?? "" }) ?? next(error);
  },
});

uppy.on("upload-progress", (file, { bytesUploaded, bytesTotal }) => {
  if (!file) return;
  const rate = rates.get(file.id) ?? new TransferRate(performance.now());
  rates.set(file.id, rate);
  rate.update(bytesUploaded, performance.now());
  const { isPaused, tus } = uppy.getFile(file.id) as TusFile;
  const id = uploadIdFromUrl(tus?.uploadUrl);
  if (id !== "") addPending(id);
  updateItem(file.id, {
    status: isPaused ? "paused" : "uploading",
    done: bytesUploaded,
    total: bytesTotal,
    secondsLeft: bytesTotal && !isPaused ? rate.secondsRemaining(bytesTotal) : null,
  });
});
uppy.on("upload-success", (file, { uploadURL }) => {
  if (!file) return;
  const id = uploadIdFromUrl(uploadURL);
  removePending(id);
  updateItem(file.id, { status: "registering", done: 0, total: null, secondsLeft: null });
  // Deferred: while the plugin still handles the upload, removing the file would delete it on the server.
  setTimeout(() => uppy.removeFile(file.id));
  pollStatus(file.id, id);
});
uppy.on("upload-error", (file, error) => {
  if (!file) return;
  const problem = problemOf(error);
  if (problem.type.endsWith(":already-in-library")) {
    updateItem(file.id, { status: "duplicate", videoId: problem.video_id ?? null, problem });
  } else updateItem(file.id, { status: "failed", problem, secondsLeft: null });
});

window.addEventListener("offline", () => {
  for (const { key, status } of getItems()) {
    if (status === "uploading") updateItem(key, { status: "offline" });
  }
});
window.addEventListener("beforeunload", (event) => {
  const isUploading = getItems().some(({ status }) => status === "uploading" || status === "offline");
  if (isUploading) event.preventDefault();
});

/** Upload files, three at a time. */
export function addFiles(files: readonly FoundFile[], findMoments: boolean): void {
  for (const { file, folder } of files) upload(file, folder, findMoments);
}

function upload(file: File, folder: string, findMoments: boolean): void {
  const meta: Meta = { filename: file.name, folder, find_moments: String(findMoments), force: "false" };
  // Uppy compares this path, so that files of the same name in two folders are two uploads.
  if (folder !== "") meta.relativePath = `${folder}/${file.name}`;
  let key: string;
  try {
    key = uppy.addFile({ name: file.name, type: file.type, data: file, meta });
  } catch {
    return; // already in the list
  }
  // The plugin resumes an upload of an earlier visit by itself, so its item is replaced.
  for (const item of getItems()) {
    if (item.status === "incomplete" && isSameFile(item, file)) removeItem(item.key);
  }
  putItem({ key, kind: "file", name: file.name, folder, total: file.size, size: file.size, findMoments });
}

function isSameFile({ name, total }: UploadItem, file: File): boolean {
  return file.name === name && file.size === total;
}

/** Submit links to the pipeline, which downloads them. */
export function addLinks(links: readonly string[]): void {
  for (const link of links) void submitLink(link);
}

async function submitLink(link: string): Promise<void> {
  putItem({ key: link, kind: "link", name: link, findMoments: true });
  await sendLink(link);
}

async function sendLink(link: string): Promise<void> {
  try {
    const run = await startRun({ video_url: link });
    const status = run.is_cached ? "duplicate" : "downloading";
    updateItem(link, { status, videoId: run.video_id, runId: run.request_id });
    followRuns();
  } catch (error) {
    updateItem(link, { status: "failed", problem: toApiError(error).problem });
  }
}

/** Remove an item; the server deletes the bytes of an unfinished upload. */
export function cancelItem(item: UploadItem): void {
  const file = item.kind === "file" ? (uppy.getFile(item.key) as TusFile | undefined) : undefined;
  if (file) {
    removePending(uploadIdFromUrl(file.tus?.uploadUrl));
    uppy.removeFile(item.key);
  }
  removeItem(item.key);
}

/** Pause or resume an upload. */
export function togglePause(item: UploadItem): void {
  const isPaused = uppy.pauseResume(item.key);
  if (isPaused === undefined) return; // already complete
  rates.delete(item.key);
  updateItem(item.key, { status: isPaused ? "paused" : "uploading", secondsLeft: null });
}

/** Resume an upload of an earlier visit. Returns false if the file is a different one. */
export function resumeWithFile(item: UploadItem, file: File): boolean {
  if (!isSameFile(item, file)) return false;
  removeItem(item.key);
  upload(file, item.folder, item.findMoments);
  return true;
}

/** Delete an incomplete upload of an earlier visit, here and on the server. */
export async function discardPending(item: UploadItem): Promise<void> {
  removeItem(item.key);
  try {
    const params = { path: { upload_id: item.key } };
    const headers = { "tus-resumable": "1.0.0" };
    await unwrap(client.DELETE("/api/uploads/{upload_id}", { params, headers }));
  } catch (error) {
    if (toApiError(error).status !== 404) return; // shown again in the next visit
  }
  removePending(item.key);
}

/** Report whether another attempt can succeed: the server deletes the bytes of what is not a video. */
export function canRetry(item: UploadItem): boolean {
  const { kind, key, problem, status } = item;
  if (isRunEnded(item)) return true;
  if (status !== "failed") return false;
  if (kind === "link" || uploadIdOf(key) === undefined) return true;
  return problem !== null && (problem.retryable || problem.type.endsWith(":identifier-conflict"));
}

function isRunEnded({ status }: UploadItem): boolean {
  return status === "runFailed" || status === "runCancelled";
}

async function resumeRun({ key, status }: UploadItem, videoId: string): Promise<void> {
  updateItem(key, { status: "processing", problem: null });
  try {
    await retryRun(videoId, "moments");
    followRuns();
  } catch (error) {
    updateItem(key, {
      status: status === "runCancelled" ? "runFailed" : status,
      problem: toApiError(error).problem,
    });
  }
}

/** Retry the step that failed. */
export async function retryItem(item: UploadItem): Promise<void> {
  if (item.videoId !== null && isRunEnded(item)) return resumeRun(item, item.videoId);
  if (item.kind === "link") {
    updateItem(item.key, { status: "queued", problem: null, videoId: null });
    return sendLink(item.name);
  }
  const uploadId = uploadIdOf(item.key);
  if (uploadId !== undefined) return retryRegistration(item, uploadId);
  updateItem(item.key, { status: "queued", problem: null });
  await uppy.retryUpload(item.key);
}

/** Upload a file although a video with its name and size exists. */
export async function forceUpload(item: UploadItem): Promise<void> {
  updateItem(item.key, { status: "queued", videoId: null, problem: null });
  uppy.setFileMeta(item.key, { ...uppy.getFile(item.key).meta, force: "true" });
  await uppy.retryUpload(item.key);
}

function problemOf(error: unknown): Problem {
  const response = (error as { originalResponse?: { getBody(): string; getStatus(): number } | null })
    .originalResponse;
  if (!response) return connectionLost();
  return toProblem(parseJson(response.getBody()), { status: response.getStatus(), statusText: "" });
}

function connectionLost(): Problem {
  return clientProblem("unsent", t("upload.lostTitle"), t("upload.lostDetail"), t("upload.lostRemedy"));
}
