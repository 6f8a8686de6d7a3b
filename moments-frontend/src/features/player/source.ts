import { clientProblem, toProblem } from "@/api/errors";
import type { Problem } from "@/api/schema";

export type Source =
  /** The API serves a local file. */
  | { kind: "local" }
  /** The API redirects to the bucket, whose response cannot be read here. */
  | { kind: "remote" }
  /** The API returned an error or could not be reached. */
  | { kind: "rejected"; problem: Problem };

/** Locate the source by requesting one byte without following redirects. */
export async function probeSource(url: string, get: typeof fetch = fetch): Promise<Source> {
  try {
    const headers = { range: "bytes=0-0" };
    const response = await get(url, { headers, redirect: "manual", cache: "no-store" });
    if (response.type === "opaqueredirect") return { kind: "remote" };
    if (response.ok) {
      void response.body?.cancel();
      return { kind: "local" };
    }
    return { kind: "rejected", problem: toProblem(await response.json().catch(() => null), response) };
  } catch {
    return { kind: "rejected", problem: UNREACHABLE };
  }
}

const UNREACHABLE = clientProblem(
  "unreachable",
  "Video unreachable",
  "the server does not respond or the connection was lost",
  "playback resumes once the connection is back",
);

export const FETCH_FAILED = clientProblem(
  "not-fetched",
  "Video could not be loaded",
  "the bucket does not respond or rejected the request",
  "try again later; playback resumes at the same position",
);
