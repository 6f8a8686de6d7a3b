/** Why there are no moments, as far as the last run tells. */

import type { RunState } from "@/api/schema";

export interface EmptyReason {
  title: string;
  /** Begins in lower case where it is the API's own reason. */
  text: string;
  /** Whether asking for other lengths may help. */
  isAboutLengths: boolean;
}

/** @param wasLooked whether there is a list at all, if an empty one: without words there is none. */
export function emptyReason(run: RunState | null | undefined, wasLooked: boolean): EmptyReason {
  const found = run?.stages.moment_generation;
  const heard = run?.stages.transcription;
  if ((found?.items_done ?? 0) > 0)
    return { title: "No moments left", text: "All that were found are deleted.", isAboutLengths: false };
  if (!wasLooked) {
    // What is not listened to cannot be looked through: the first reason is the one that counts.
    const reason = heard?.status === "skipped" ? heard.reason : found?.reason;
    return { title: "No moments found", text: reason ?? "nothing is said in it", isAboutLengths: false };
  }
  // A stage that was not tried had its result from an earlier run.
  if (found === undefined || found.attempts === 0)
    return {
      title: "No moments",
      text: "None were found, or all of them are deleted.",
      isAboutLengths: true,
    };
  return {
    title: "No moments found",
    text: found.reason ?? "nothing in it stood out enough",
    isAboutLengths: true,
  };
}
