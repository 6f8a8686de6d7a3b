/** Paths of the pages. */

import { parseTimeRange } from "./media-fragment";

export const LIBRARY_PATH = "/";
export const MOMENTS_PATH = "/moments";
export const RUNS_PATH = "/runs";
export const SEARCH_PATH = "/search";
export const TRASH_PATH = "/trash";
export const DUPLICATES_PATH = "/duplicates";
export const VOCABULARY_PATH = "/vocabulary";
export const SETTINGS_PATH = "/settings";

/** Return the path of the library with one filter, such as a channel. */
export function filteredPath(name: "channel" | "folder" | "tag", value: string): string {
  return `${LIBRARY_PATH}?${new URLSearchParams({ [name]: value })}`;
}

/** Return the path of a video's page; `seconds` is the start position. */
export function watchPath(id: string, seconds?: number): string {
  return `/watch/${encodeURIComponent(id)}${seconds === undefined ? "" : `?t=${Math.floor(seconds)}`}`;
}

export interface OpenedHit {
  /** The query that found it. */
  query: string;
  /** Start of the hit in seconds. */
  seconds: number;
  /** Found by meaning alone, so that the whole sentence is the match. */
  isByMeaning: boolean;
}

/** Return the path of a video's page that opens a hit of a search. */
export function hitPath(id: string, { query, seconds, isByMeaning }: OpenedHit): string {
  // Rounded up: an earlier position would belong to the sentence before the hit.
  const parameters = new URLSearchParams({ t: String(Math.ceil(seconds * 100) / 100), q: query });
  if (isByMeaning) parameters.set("match", "meaning");
  return `${watchPath(id)}?${parameters}`;
}

/** Return the hit that a URL's query opens; null without one. */
export function parseOpenedHit(search: string): OpenedHit | null {
  const parameters = new URLSearchParams(search);
  const query = parameters.get("q")?.trim() ?? "";
  const seconds = parseTimeRange(search, "")?.start ?? 0;
  return query === "" ? null : { query, seconds, isByMeaning: parameters.get("match") === "meaning" };
}

/** Return the video id in a path of `watchPath`; null for other paths. */
export function videoIdFromPath(path: string): string | null {
  const [, encoded] = /^\/watch\/([^/]+)$/.exec(path) ?? [];
  try {
    return encoded === undefined ? null : decodeURIComponent(encoded);
  } catch {
    return null; // invalid percent-encoding
  }
}

/** Return the token in the path of a share link; null for other paths. */
export function shareTokenFromPath(path: string): string | null {
  return /^\/s\/([\w-]+)\/?$/.exec(path)?.[1] ?? null;
}
