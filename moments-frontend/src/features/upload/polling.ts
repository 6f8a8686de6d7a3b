/** Polls the server's status of uploads, both of this visit and of earlier ones. */

import { client, unwrap } from "@/api/client";
import { ApiError, NO_RESPONSE, toApiError } from "@/api/errors";
import { translateProblem } from "@/api/problem-texts";
import type { Upload } from "@/api/schema";
import { refreshVideos } from "@/api/videos";
import { followRuns } from "./follow-runs";
import { pendingUploads, removePending } from "./pending-uploads";
import { getItems, putItem, type UploadItem, updateItem } from "./store";

const POLL_MS = 1_000;
/** Uploads asked about in one round; hundreds may wait for the server at the same time. */
const MAX_POLLED = 10;
/** An upload that receives no bytes for this long is incomplete; until then another tab may be sending it. */
const STALLED_MS = 2_500;

const uploadIds = new Map<UploadItem["key"], string>();

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const pathParams = (uploadId: string) => ({ params: { path: { upload_id: uploadId } } });

/** Return the id of an upload whose bytes have all been sent. */
export function uploadIdOf(key: UploadItem["key"]): string | undefined {
  return uploadIds.get(key);
}

/** Uploads that the server is registering, in the order of the next questions. */
const registering = new Map<UploadItem["key"], string>();
let isPolling = false;

/** Poll an upload until it is registered or has failed. */
export function pollStatus(key: string, uploadId: string): void {
  uploadIds.set(key, uploadId);
  registering.set(key, uploadId);
  if (!isPolling) void poll();
}

async function poll(): Promise<void> {
  isPolling = true;
  while (registering.size > 0) {
    for (const [key, uploadId] of [...registering].slice(0, MAX_POLLED)) await pollOnce(key, uploadId);
    await delay(POLL_MS);
  }
  isPolling = false;
}

async function pollOnce(key: string, uploadId: string): Promise<void> {
  registering.delete(key);
  if (!getItems().some((item) => item.key === key)) return;
  try {
    const upload = await unwrap(client.GET("/api/uploads/{upload_id}", pathParams(uploadId)));
    if (applyStatus(key, upload)) return;
  } catch (error) {
    const { isUnreachable, problem } = toApiError(error);
    if (!isUnreachable && !problem.retryable) {
      updateItem(key, { status: "failed", problem });
      return;
    }
  }
  registering.set(key, uploadId); // behind the others
}

/** Update the item. Returns whether the upload has finished. */
function applyStatus(key: string, upload: Upload): boolean {
  if (upload.status === "completed") {
    const { video_id: videoId, request_id: runId } = upload;
    const added = runId === null ? "done" : "processing";
    updateItem(key, { status: upload.is_duplicate ? "duplicate" : added, videoId, runId, problem: null });
    followRuns();
    void refreshLibrary();
    return true;
  }
  if (upload.status === "failed" && upload.error) {
    const problem = translateProblem({ ...NO_RESPONSE, ...upload.error });
    updateItem(key, { status: "failed", problem });
    return true;
  }
  updateItem(key, { done: upload.bytes_done ?? 0, total: upload.bytes_total ?? null });
  return false;
}

let refresh: Promise<void> | null = null;
let isStale = false;

/** Refetch the displayed videos, one request at a time: the next upload must not cancel it. */
async function refreshLibrary(): Promise<void> {
  isStale = true;
  refresh ??= (async () => {
    while (isStale) {
      isStale = false;
      await refreshVideos();
    }
    refresh = null;
  })();
  await refresh;
}

/** Register an upload again whose bytes are all on the server. The first cause remains if they are gone. */
export async function retryRegistration(
  { key, problem: cause }: UploadItem,
  uploadId: string,
): Promise<void> {
  updateItem(key, { status: "registering", problem: null });
  try {
    await unwrap(client.POST("/api/uploads/{upload_id}/retry", pathParams(uploadId)));
    pollStatus(key, uploadId);
  } catch (error) {
    const { problem, status } = toApiError(error);
    const isGone = status === 404 || status === 409 || status === 410;
    updateItem(key, { status: "failed", problem: isGone ? (cause ?? problem) : problem });
  }
}

/** Show the uploads of earlier visits that the server is registering or that are incomplete. */
export function resumePending(): void {
  void resumeRegistering();
  for (const id of pendingUploads()) void offerResume(id);
}

async function resumeRegistering(): Promise<void> {
  const uploads = await unwrap(client.GET("/api/uploads")).catch(() => []);
  for (const upload of uploads) {
    const isKnown = [...uploadIds.values()].includes(upload.id);
    if (upload.status !== "registering" || isKnown) continue;
    removePending(upload.id);
    putItem({ key: upload.id, kind: "file", name: upload.filename, status: "registering" });
    pollStatus(upload.id, upload.id);
  }
}

/** Show an incomplete upload once no other tab is sending it. */
async function offerResume(id: string): Promise<void> {
  let offset: number | null = null;
  while (pendingUploads().includes(id)) {
    const upload = await unwrap(client.GET("/api/uploads/{upload_id}", pathParams(id))).catch(toApiError);
    if (upload instanceof ApiError) {
      if (upload.status === 404) removePending(id);
      else if (!upload.problem.retryable) return;
    } else if (upload.status !== "receiving") {
      removePending(id);
    } else if (upload.offset === offset) {
      const { filename: name, offset: done, size: total } = upload;
      putItem({ key: id, kind: "file", name, status: "incomplete", done, total });
      return;
    } else offset = upload.offset;
    await delay(STALLED_MS);
  }
}
