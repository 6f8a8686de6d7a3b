/** Automatic repetition of failed upload requests. */

import { parseJson } from "@/lib/storage";

/** Kinds of problems that only the user can solve; their text contains the remedy. */
const UNTIL_USER_ACTS = ["disk-full", "too-many-uploads"];

export interface FailedRequest {
  method: string;
  /** Null if there was no response. */
  status: number | null;
  body: string;
}

/** Return whether to repeat a request; null leaves the decision to the tus plugin.
 *
 * A refused creation is shown at once: the plugin would pause all other uploads after a 429, and repeat a full
 * disk's 503 for 40 s before the user sees the remedy. */
export function shouldRetry({ method, status, body }: FailedRequest): boolean | null {
  if (method !== "POST" || status === null) return null;
  if (status === 409) return false; // for PATCH it means that the offset has changed
  return UNTIL_USER_ACTS.includes(kindOf(body)) ? false : null;
}

function kindOf(body: string): string {
  const problem = parseJson(body);
  const hasType = typeof problem === "object" && problem !== null && "type" in problem;
  return hasType ? (String(problem.type).split(":").at(-1) ?? "") : "";
}
