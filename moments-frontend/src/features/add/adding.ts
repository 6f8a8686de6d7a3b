/** Sends files and hands links over; `entries.ts` tells what becomes of them. */

import Uppy from "@uppy/core";
import Tus from "@uppy/tus";
import { asProblem, client, dataOf, toApiError } from "@/api/client";
import { startRun } from "@/api/runs";
import type { Problem, Upload } from "@/api/schema";
import { refreshVideos } from "@/api/videos";
import { allEntries, changeEntry, type Entry, putEntry, removeEntry } from "./entries";
import { Pace } from "./pace";

const MIB = 2 ** 20;
/** What is sent in one request; what a cut line costs at most. */
const CHUNK_BYTES = 16 * MIB;
const AT_ONCE = 3;
/** Milliseconds before each further try; then it waits for somebody to press Retry. */
const RETRY_DELAYS = [0, 1_000, 3_000, 5_000, 10_000, 20_000];
const LOOK_MS = 1_000;

type Meta = { filename: string; find_moments: string; force: string };

const paces = new Map<string, Pace>();
const uploads = new Map<string, string>();

const uppy = new Uppy<Meta, Record<string, never>>({ id: "videos", autoProceed: true });
uppy.use(Tus, {
  endpoint: "/api/uploads",
  chunkSize: CHUNK_BYTES,
  limit: AT_ONCE,
  retryDelays: RETRY_DELAYS,
  allowedMetaFields: ["filename", "find_moments", "force"],
  removeFingerprintOnSuccess: true,
  // A conflict is worth another try while bytes are sent, but not what is refused from the start.
  onShouldRetry: (error, _attempt, _options, next) =>
    error.originalRequest?.getMethod() === "POST" && error.originalResponse?.getStatus() === 409
      ? false
      : next(error),
});

uppy.on("upload-progress", (file, { bytesUploaded, bytesTotal }) => {
  if (!file) return;
  const pace = paces.get(file.id) ?? new Pace(performance.now());
  paces.set(file.id, pace);
  pace.hear(bytesUploaded, performance.now());
  changeEntry(file.id, {
    phase: "sending",
    done: bytesUploaded,
    total: bytesTotal,
    secondsLeft: bytesTotal ? pace.left(bytesTotal) : null,
  });
});
uppy.on("upload-success", (file, { uploadURL }) => {
  if (!file) return;
  const id = uploadURL?.split("/").at(-1) ?? "";
  changeEntry(file.id, { phase: "registering", done: 0, total: null, secondsLeft: null });
  // Not before the plugin has let go of it: it would have the server forget the upload.
  setTimeout(() => uppy.removeFile(file.id));
  void follow(file.id, id);
});
uppy.on("upload-error", (file, error) => {
  if (!file) return;
  const problem = problemOf(error);
  if (problem.type.endsWith(":already-in-library")) {
    changeEntry(file.id, { phase: "known", videoId: problem.video_id ?? null, problem });
  } else changeEntry(file.id, { phase: "failed", problem, secondsLeft: null });
});

window.addEventListener("offline", () => {
  for (const { key, phase } of allEntries()) if (phase === "sending") changeEntry(key, { phase: "offline" });
});
window.addEventListener("beforeunload", (event) => {
  const isSending = allEntries().some(({ phase }) => phase === "sending" || phase === "offline");
  if (isSending) event.preventDefault();
});

/** Send files, three at once; the others wait. */
export function addFiles(chosen: readonly File[], findMoments: boolean): void {
  for (const file of chosen) send(file, findMoments);
}

function send(file: File, findMoments: boolean): void {
  const meta: Meta = { filename: file.name, find_moments: String(findMoments), force: "false" };
  let key: string;
  try {
    key = uppy.addFile({ name: file.name, type: file.type, data: file, meta });
  } catch {
    return; // it is being sent already
  }
  putEntry({ key, kind: "file", name: file.name, total: file.size, findMoments });
}

/** Hand links to the pipeline, which fetches them. */
export function addLinks(links: readonly string[]): void {
  for (const link of links) void handOver(link);
}

async function handOver(link: string): Promise<void> {
  const entry = { key: link, kind: "link", name: link, findMoments: true } as const;
  putEntry(entry);
  try {
    const run = await startRun({ video_url: link });
    const phase = run.is_cached ? "known" : "fetching";
    changeEntry(link, { phase, videoId: run.video_id });
  } catch (error) {
    const { problem } = toApiError(error);
    changeEntry(link, { phase: "failed", problem });
  }
}

/** Take it out, wherever it is; bytes that were sent are forgotten. */
export function cancelEntry(entry: Entry): void {
  if (entry.kind === "file" && uppy.getFile(entry.key)) uppy.removeFile(entry.key);
  removeEntry(entry.key);
}

/** Go on where it stopped. */
export async function retryEntry(entry: Entry): Promise<void> {
  if (entry.kind === "link") return handOver(entry.name);
  const uploadId = uploads.get(entry.key);
  if (uploadId !== undefined) {
    changeEntry(entry.key, { phase: "registering", problem: null });
    const params = { path: { upload_id: uploadId } };
    try {
      await dataOf(client.POST("/api/uploads/{upload_id}/retry", { params }));
      void follow(entry.key, uploadId);
    } catch (error) {
      changeEntry(entry.key, { phase: "failed", problem: toApiError(error).problem });
    }
    return;
  }
  changeEntry(entry.key, { phase: "waiting", problem: null });
  await uppy.retryUpload(entry.key);
}

/** A file of this name and size is in the library, and is wanted all the same. */
export async function addAnyway(entry: Entry): Promise<void> {
  changeEntry(entry.key, { phase: "waiting", videoId: null, problem: null });
  uppy.setFileMeta(entry.key, { ...uppy.getFile(entry.key).meta, force: "true" });
  await uppy.retryUpload(entry.key);
}

/** Ask what becomes of an upload until it is registered, or is not. */
async function follow(key: string, uploadId: string): Promise<void> {
  uploads.set(key, uploadId);
  while (allEntries().some((entry) => entry.key === key)) {
    try {
      const params = { path: { upload_id: uploadId } };
      const upload = await dataOf(client.GET("/api/uploads/{upload_id}", { params }));
      if (take(key, upload)) return;
    } catch (error) {
      const { isUnreachable, problem } = toApiError(error);
      if (!isUnreachable && !problem.retryable) {
        changeEntry(key, { phase: "failed", problem });
        return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
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

/** What the server works on since before this page was opened. */
export async function takeUpOthers(): Promise<void> {
  const found = await dataOf(client.GET("/api/uploads")).catch(() => []);
  for (const upload of found) {
    const isHere = [...uploads.values()].includes(upload.id);
    if (upload.status !== "registering" || isHere) continue;
    putEntry({ key: upload.id, kind: "file", name: upload.filename, phase: "registering" });
    void follow(upload.id, upload.id);
  }
}

function problemOf(error: unknown): Problem {
  const response = (error as { originalResponse?: { getBody(): string; getStatus(): number } | null })
    .originalResponse;
  if (!response) return UNSENT;
  let body: unknown = null;
  try {
    body = JSON.parse(response.getBody());
  } catch {
    // then it is not the API's
  }
  return asProblem(body, { status: response.getStatus(), statusText: "" });
}

const UNSENT: Problem = {
  type: "urn:videomoments:error:unsent",
  title: "The file could not be sent",
  status: 0,
  detail: "the connection to the server was lost",
  retryable: true,
  remedy: "press Retry; what has arrived is not sent again",
  errors: null,
  video_id: null,
};
