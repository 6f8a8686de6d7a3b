/** Sends files and hands links over; `entries.ts` tells what becomes of them. */

import Uppy from "@uppy/core";
import Tus from "@uppy/tus";
import { asProblem, client, dataOf, toApiError } from "@/api/client";
import { startRun } from "@/api/runs";
import type { Problem } from "@/api/schema";
import { allEntries, changeEntry, type Entry, putEntry, removeEntry } from "./entries";
import { follow, registerAgain, uploadOf } from "./following";
import { Pace } from "./pace";
import { forget, remember } from "./unfinished";

const MIB = 2 ** 20;
/** What is sent in one request; what a cut line costs at most. */
const CHUNK_BYTES = 16 * MIB;
const AT_ONCE = 3;
/** Milliseconds before each further try; then it waits for somebody to press Retry. */
const RETRY_DELAYS = [0, 1_000, 3_000, 5_000, 10_000, 20_000];

type Meta = { filename: string; find_moments: string; force: string };

/** A file as Uppy keeps it, with what its tus plugin adds. */
type SentFile = { isPaused?: boolean; tus?: { uploadUrl?: string | null } };

const idOf = (address: string | null | undefined) => address?.split("/").at(-1) ?? "";

const paces = new Map<string, Pace>();

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
  const { isPaused, tus } = uppy.getFile(file.id) as SentFile;
  const id = idOf(tus?.uploadUrl);
  if (id !== "") remember(id);
  changeEntry(file.id, {
    phase: isPaused ? "paused" : "sending",
    done: bytesUploaded,
    total: bytesTotal,
    secondsLeft: bytesTotal && !isPaused ? pace.left(bytesTotal) : null,
  });
});
uppy.on("upload-success", (file, { uploadURL }) => {
  if (!file) return;
  const id = idOf(uploadURL);
  forget(id);
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
  const file = entry.kind === "file" ? (uppy.getFile(entry.key) as SentFile | undefined) : undefined;
  if (file) {
    forget(idOf(file.tus?.uploadUrl));
    uppy.removeFile(entry.key);
  }
  removeEntry(entry.key);
}

/** Stop sending for a while, or go on. */
export function pauseOrGoOn(entry: Entry): void {
  const isPaused = uppy.pauseResume(entry.key);
  if (isPaused === undefined) return; // it is whole
  paces.delete(entry.key);
  changeEntry(entry.key, { phase: isPaused ? "paused" : "sending", secondsLeft: null });
}

/** Go on with what another visit began; whether this is the file that it was. */
export function goOnWith(entry: Entry, file: File): boolean {
  if (file.name !== entry.name || file.size !== entry.total) return false;
  removeEntry(entry.key);
  send(file, entry.findMoments);
  return true;
}

/** Give up an upload that was cut off; its bytes are forgotten. */
export async function dropUnfinished(entry: Entry): Promise<void> {
  removeEntry(entry.key);
  try {
    const params = { path: { upload_id: entry.key } };
    const headers = { "tus-resumable": "1.0.0" };
    await dataOf(client.DELETE("/api/uploads/{upload_id}", { params, headers }));
  } catch (error) {
    if (toApiError(error).status !== 404) return; // it is offered once more
  }
  forget(entry.key);
}

/** Go on where it stopped. */
export async function retryEntry(entry: Entry): Promise<void> {
  if (entry.kind === "link") return handOver(entry.name);
  const uploadId = uploadOf(entry);
  if (uploadId !== undefined) return registerAgain(entry.key, uploadId);
  changeEntry(entry.key, { phase: "waiting", problem: null });
  await uppy.retryUpload(entry.key);
}

/** A file of this name and size is in the library, and is wanted all the same. */
export async function addAnyway(entry: Entry): Promise<void> {
  changeEntry(entry.key, { phase: "waiting", videoId: null, problem: null });
  uppy.setFileMeta(entry.key, { ...uppy.getFile(entry.key).meta, force: "true" });
  await uppy.retryUpload(entry.key);
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
