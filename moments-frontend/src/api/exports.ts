/** Exports: files cut from a video to be posted elsewhere. */

import { queryOptions } from "@tanstack/react-query";
import { client, forVideo, unwrap } from "./client";
import { ApiError, toProblem, unreachable } from "./errors";
import { invalidate, queryClient } from "./query-client";
import type { ExportCreate, ExportRead } from "./schema";

export type Export = ExportRead;
export type ExportState = Export["state"];
export type ExportFormat = Export["format"];
export type ExportFill = Export["fill"];
export type ExportCaptions = Export["captions"];
export type ExportCaptionStyle = Export["caption_style"];
export type ExportOptions = Pick<
  Export,
  "format" | "fill" | "crop" | "captions" | "caption_style" | "normalize_loudness" | "audio_fade"
>;

/** The part of a video to export, or several of its moments. */
export type ExportSelection =
  | { start_time: number; end_time: number; title?: string }
  | { moment_ids: string[] }
  | { moments: "all" };

/** Number of moments that one request may name. */
export const MAX_MOMENTS = 100;
/** Number of recent exports in the list; the most that one page of the API has. */
const LISTED = 200;
const POLL_MS = 1_000;
const LIST_KEY = ["exports"] as const;

export function isActive({ state }: Pick<Export, "state">): boolean {
  return state === "queued" || state === "processing";
}

/** Query the recent exports of the library, every second while one of them is active and the page is visible. */
export function exportsQuery() {
  return queryOptions({
    queryKey: LIST_KEY,
    queryFn: ({ signal }): Promise<Export[]> =>
      unwrap(client.GET("/api/exports", { params: { query: { limit: LISTED } }, signal })),
    refetchInterval: ({ state }) => (state.data?.some(isActive) ? POLL_MS : false),
  });
}

/** Queue exports and return them. */
export async function createExports(
  videoId: string,
  selection: ExportSelection,
  options: ExportOptions,
): Promise<Export[]> {
  const body = { ...options, ...selection } as ExportCreate;
  const created = await unwrap(client.POST("/api/videos/{video_id}/exports", { ...forVideo(videoId), body }));
  await queryClient.cancelQueries({ queryKey: LIST_KEY });
  queryClient.setQueryData(exportsQuery().queryKey, (known: Export[] | undefined) => merge(created, known));
  void refreshExports();
  return created;
}

/** Return the new exports followed by the others. */
function merge(created: readonly Export[], known: readonly Export[] = []): Export[] {
  const ids = new Set(created.map(({ id }) => id));
  return [...created, ...known.filter(({ id }) => !ids.has(id))];
}

const forExport = (id: string) => ({ params: { path: { export_id: id } } });

export async function cancelExport(id: string): Promise<void> {
  await unwrap(client.POST("/api/exports/{export_id}/cancel", forExport(id)));
  await refreshExports();
}

export async function retryExport(id: string): Promise<void> {
  await unwrap(client.POST("/api/exports/{export_id}/retry", forExport(id)));
  await refreshExports();
}

/** Delete exports with their files. Stops at the first error; those deleted elsewhere are none. */
export async function deleteExports(ids: readonly string[]): Promise<void> {
  try {
    for (const id of ids)
      await unwrap(client.DELETE("/api/exports/{export_id}", forExport(id))).catch(ignoreUnknown);
  } finally {
    await refreshExports();
  }
}

function ignoreUnknown(error: unknown): void {
  if (!(error instanceof ApiError && error.kind === "export-not-found")) throw error;
}

export function refreshExports(): Promise<void> {
  return invalidate(LIST_KEY);
}

const videoUrl = (videoId: string) => `/api/videos/${encodeURIComponent(videoId)}`;

/** Return the URL of an archive of all finished exports of a video. */
export function exportsZipUrl(videoId: string): string {
  return `${videoUrl(videoId)}/exports.zip`;
}

export type MarkerFile = "markers.edl" | "markers.fcpxml" | "markers.csv" | "chapters.txt";

/** Return the URL of the moments or chapters as a file for other programs. */
export function markerUrl(videoId: string, file: MarkerFile): string {
  return `${videoUrl(videoId)}/${file}`;
}

/** Return the URL of a moment's captions, timed from its start. */
export function momentCaptionsUrl(videoId: string, momentId: string, format: "vtt" | "srt"): string {
  return `${videoUrl(videoId)}/clips/${momentId}.${format}`;
}

/** Return a file of the API and its name.
 *
 * @throws {ApiError} the file cannot be made, such as a list of too few chapters */
export async function fetchFile(url: string): Promise<File> {
  const response = await fetch(url).catch(() => {
    throw new ApiError(unreachable());
  });
  if (!response.ok) throw new ApiError(toProblem(await response.json().catch(() => null), response));
  return new File([await response.blob()], filenameOf(response.headers.get("content-disposition")));
}

/** Return the name in a `Content-Disposition` header (RFC 6266). */
export function filenameOf(header: string | null): string {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(header ?? "")?.[1];
  if (encoded !== undefined) return decodeURIComponent(encoded);
  return /filename="([^"]*)"/i.exec(header ?? "")?.[1] ?? "download";
}
