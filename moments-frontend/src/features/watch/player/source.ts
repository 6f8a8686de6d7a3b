/** What the API says of a video's bytes, where the browser's own error says next to nothing. */

import { asProblem } from "@/api/client";
import type { Problem } from "@/api/schema";

export type Source =
  /** The server has the file itself. */
  | { kind: "here" }
  /** It sends to the storage; whether that answers cannot be told from here. */
  | { kind: "elsewhere" }
  /** It refuses, or does not answer at all. */
  | { kind: "refused"; problem: Problem };

/** Ask for one byte, and go after no redirect. */
export async function askSource(url: string, get: typeof fetch = fetch): Promise<Source> {
  try {
    const answer = await get(url, { headers: { range: "bytes=0-0" }, redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") return { kind: "elsewhere" };
    if (answer.ok) {
      void answer.body?.cancel();
      return { kind: "here" };
    }
    return { kind: "refused", problem: asProblem(await answer.json().catch(() => null), answer) };
  } catch {
    return { kind: "refused", problem: UNREACHABLE };
  }
}

const UNREACHABLE: Problem = {
  errors: null,
  status: 0,
  video_id: null,
  type: "urn:videomoments:error:unreachable",
  title: "The video cannot be reached",
  detail: "the server does not answer, or your connection is gone",
  retryable: true,
  remedy: "it plays on from where it was once there is a connection",
};

export const NOT_FETCHED: Problem = {
  ...UNREACHABLE,
  type: "urn:videomoments:error:not-fetched",
  title: "The video cannot be fetched",
  detail: "the storage that has it does not answer, or refuses",
  remedy: "try again in a while; it goes on from where it was",
};
