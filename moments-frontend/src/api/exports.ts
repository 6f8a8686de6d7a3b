/** Exports: files cut from a video to be posted elsewhere. */

import { queryOptions } from "@tanstack/react-query";
import { forVideo, client as typedClient, unwrap } from "./client";
import { invalidate, queryClient } from "./query-client";

// Replaced by the generated types once the API has these routes.
interface ExportRead {
  id: string;
  video_id: string;
  moment_id: string | null;
  start_time: number;
  end_time: number;
  title: string;
  format: "source" | "16:9" | "9:16" | "1:1" | "4:5";
  fill: "crop" | "blur";
  crop: "center" | { x: number; y: number };
  captions: "none" | "burned" | "sidecar";
  caption_style: "classic" | "bold" | "karaoke";
  normalize_loudness: boolean;
  audio_fade: boolean;
  state: "queued" | "processing" | "completed" | "failed" | "cancelled";
  percent: number;
  error: { type: string; detail: string; remedy: string | null } | null;
  filename: string;
  url: string | null;
  captions_url: string | null;
  duration_seconds: number | null;
  size_bytes: number | null;
  created_at: string;
  finished_at: string | null;
}
type ExportCreate = ExportOptions & ExportSelection;
// biome-ignore lint/suspicious/noExplicitAny: replaced by the generated types
type Send = (path: string, options?: object) => Promise<{ data?: any; error?: unknown; response: Response }>;
const client = typedClient as unknown as Record<"GET" | "POST" | "DELETE", Send>;

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
const POLL_MS = 1_000;
const LIST_KEY = ["exports"] as const;

export function isActive({ state }: Pick<Export, "state">): boolean {
  return state === "queued" || state === "processing";
}

/** Query the recent exports of the library, every second while one of them is active and the page is visible. */
export function exportsQuery() {
  return queryOptions({
    queryKey: LIST_KEY,
    queryFn: ({ signal }): Promise<Export[]> => unwrap(client.GET("/api/exports", { signal })),
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

/** Delete exports with their files. Stops at the first error. */
export async function deleteExports(ids: readonly string[]): Promise<void> {
  try {
    for (const id of ids) await unwrap(client.DELETE("/api/exports/{export_id}", forExport(id)));
  } finally {
    await refreshExports();
  }
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
