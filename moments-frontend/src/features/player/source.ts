import { toProblem } from "@/api/errors";
import type { Problem } from "@/api/schema";

export type Source =
  /** The server has the file itself. */
  | { kind: "local" }
  /** It sends to the storage; whether that responses cannot be told from here. */
  | { kind: "remote" }
  /** It refuses, or does not response at all. */
  | { kind: "rejected"; problem: Problem };

/** Ask for one byte, and go after no redirect. */
export async function probeSource(url: string, get: typeof fetch = fetch): Promise<Source> {
  try {
    const response = await get(url, {
      headers: { range: "bytes=0-0" },
      redirect: "manual",
      cache: "no-store",
    });
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

const UNREACHABLE: Problem = {
  errors: null,
  status: 0,
  video_id: null,
  type: "urn:videomoments:error:unreachable",
  title: "The video cannot be reached",
  detail: "the server does not response, or your connection is gone",
  retryable: true,
  remedy: "it plays on from where it was once there is a connection",
};

export const FETCH_FAILED: Problem = {
  ...UNREACHABLE,
  type: "urn:videomoments:error:not-fetched",
  title: "The video cannot be fetched",
  detail: "the storage that has it does not response, or refuses",
  remedy: "try again in a while; it goes on from where it was",
};
