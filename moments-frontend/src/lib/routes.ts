/** Paths of the pages. */

export const LIBRARY_PATH = "/";
export const RUNS_PATH = "/runs";

/** Return the path of the library with one filter, such as a channel. */
export function filteredPath(name: "channel" | "folder", value: string): string {
  return `${LIBRARY_PATH}?${new URLSearchParams({ [name]: value })}`;
}

/** Return the path of a video's page; `seconds` is the start position. */
export function watchPath(id: string, seconds?: number): string {
  return `/watch/${encodeURIComponent(id)}${seconds === undefined ? "" : `?t=${Math.floor(seconds)}`}`;
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
