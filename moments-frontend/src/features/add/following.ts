/** What becomes of uploads on the server: of those that this page has sent, and of those that it finds there. */

import { ApiError, client, dataOf, toApiError } from "@/api/client";
import type { Upload } from "@/api/schema";
import { refreshVideos } from "@/api/videos";
import { allEntries, changeEntry, type Entry, putEntry } from "./entries";
import { forget, unfinished } from "./unfinished";

const LOOK_MS = 1_000;
/** So long nothing comes before an upload counts as cut off: another window may be sending it. */
const STILL_MS = 2_500;

/** By entry. */
const ids = new Map<string, string>();

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const pathOf = (uploadId: string) => ({ params: { path: { upload_id: uploadId } } });

/** The upload of an entry, once all its bytes have been sent. */
export function uploadOf(entry: Entry): string | undefined {
  return ids.get(entry.key);
}

/** Ask what becomes of an upload until it is registered, or is not. */
export async function follow(key: string, uploadId: string): Promise<void> {
  ids.set(key, uploadId);
  while (allEntries().some((entry) => entry.key === key)) {
    try {
      if (take(key, await dataOf(client.GET("/api/uploads/{upload_id}", pathOf(uploadId))))) return;
    } catch (error) {
      const { isUnreachable, problem } = toApiError(error);
      if (!isUnreachable && !problem.retryable) {
        changeEntry(key, { phase: "failed", problem });
        return;
      }
    }
    await pause(LOOK_MS);
  }
}

/** Whether this is the end of it. */
function take(key: string, upload: Upload): boolean {
  if (upload.status === "completed") {
    const phase = upload.is_duplicate ? "known" : "done";
    changeEntry(key, { phase, videoId: upload.video_id, problem: null });
    void refreshVideos();
    return true;
  }
  if (upload.status === "failed" && upload.error) {
    changeEntry(key, {
      phase: "failed",
      problem: { status: 0, errors: null, video_id: null, ...upload.error },
    });
    return true;
  }
  changeEntry(key, { done: upload.bytes_done ?? 0, total: upload.bytes_total ?? null });
  return false;
}

/** Have registered once more what is whole. */
export async function registerAgain(key: string, uploadId: string): Promise<void> {
  changeEntry(key, { phase: "registering", problem: null });
  try {
    await dataOf(client.POST("/api/uploads/{upload_id}/retry", pathOf(uploadId)));
    void follow(key, uploadId);
  } catch (error) {
    changeEntry(key, { phase: "failed", problem: toApiError(error).problem });
  }
}

/** What the server works on since before this page was opened, and what this browser did not send to its end. */
export function takeUpOthers(): void {
  void takeUpRegistering();
  for (const id of unfinished()) void takeUpUnfinished(id);
}

async function takeUpRegistering(): Promise<void> {
  const found = await dataOf(client.GET("/api/uploads")).catch(() => []);
  for (const upload of found) {
    const isHere = [...ids.values()].includes(upload.id);
    if (upload.status !== "registering" || isHere) continue;
    forget(upload.id);
    putEntry({ key: upload.id, kind: "file", name: upload.filename, phase: "registering" });
    void follow(upload.id, upload.id);
  }
}

/** Offer to go on with it, once nobody else is sending it. */
async function takeUpUnfinished(id: string): Promise<void> {
  let offset: number | null = null;
  while (unfinished().includes(id)) {
    const upload = await dataOf(client.GET("/api/uploads/{upload_id}", pathOf(id))).catch(toApiError);
    if (upload instanceof ApiError) {
      if (upload.status === 404) forget(id);
      else if (!upload.problem.retryable) return;
    } else if (upload.status !== "receiving") {
      forget(id);
    } else if (upload.offset === offset) {
      const { filename: name, offset: done, size: total } = upload;
      putEntry({ key: id, kind: "file", name, phase: "unfinished", done, total });
      return;
    } else offset = upload.offset;
    await pause(STILL_MS);
  }
}
