/** Polls the server's status of uploads, both of this visit and of earlier ones. */

import { client, unwrap } from "@/api/client";
import { ApiError, NO_RESPONSE, toApiError } from "@/api/errors";
import type { Upload } from "@/api/schema";
import { refreshVideos } from "@/api/videos";
import { pendingUploads, removePending } from "./pending-uploads";
import { getItems, putItem, type UploadItem, updateItem } from "./store";

const POLL_MS = 1_000;
/** An upload that receives no bytes for this long is incomplete; until then another tab may be sending it. */
const STALLED_MS = 2_500;

const uploadIds = new Map<UploadItem["key"], string>();

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const pathParams = (uploadId: string) => ({ params: { path: { upload_id: uploadId } } });

/** Return the id of an upload whose bytes have all been sent. */
export function uploadIdOf(item: UploadItem): string | undefined {
  return uploadIds.get(item.key);
}

/** Poll an upload until it is registered or has failed. */
export async function pollStatus(key: string, uploadId: string): Promise<void> {
  uploadIds.set(key, uploadId);
  while (getItems().some((item) => item.key === key)) {
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
    await delay(POLL_MS);
  }
}

/** Update the item. Returns whether the upload has finished. */
function applyStatus(key: string, upload: Upload): boolean {
  if (upload.status === "completed") {
    const status = upload.is_duplicate ? "duplicate" : "done";
    updateItem(key, { status, videoId: upload.video_id, problem: null });
    void refreshVideos();
    return true;
  }
  if (upload.status === "failed" && upload.error) {
    const problem = { ...NO_RESPONSE, ...upload.error };
    updateItem(key, { status: "failed", problem });
    return true;
  }
  updateItem(key, { done: upload.bytes_done ?? 0, total: upload.bytes_total ?? null });
  return false;
}

/** Register an upload again whose bytes are all on the server. */
export async function retryRegistration(key: string, uploadId: string): Promise<void> {
  updateItem(key, { status: "registering", problem: null });
  try {
    await unwrap(client.POST("/api/uploads/{upload_id}/retry", pathParams(uploadId)));
    void pollStatus(key, uploadId);
  } catch (error) {
    updateItem(key, { status: "failed", problem: toApiError(error).problem });
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
    void pollStatus(upload.id, upload.id);
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
