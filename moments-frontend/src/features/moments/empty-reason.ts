/** Explains an empty moments list from the last run. */

import type { RunState } from "@/api/schema";

export interface EmptyReason {
  title: string;
  /** Starts in lower case if it is the API's reason. */
  text: string;
  /** True if other lengths may give results. */
  isAboutLengths: boolean;
}

interface Results {
  /** The moments document exists; without speech there is none. */
  hasDocument: boolean;
  /** False if the transcript has no words. */
  hasWords: boolean;
}

export function emptyReason(
  run: RunState | null | undefined,
  { hasDocument, hasWords }: Results,
): EmptyReason {
  const found = run?.stages.moment_generation;
  const transcription = run?.stages.transcription;
  if ((found?.items_done ?? 0) > 0)
    return { title: "No moments left", text: "All moments were deleted.", isAboutLengths: false };
  if (!hasWords)
    return {
      title: "No speech",
      text: "Moments are found in speech, and the transcript of this video contains none.",
      isAboutLengths: false,
    };
  if (!hasDocument) {
    // If transcription was skipped, its reason is the cause.
    const reason = transcription?.status === "skipped" ? transcription.reason : found?.reason;
    return { title: "No moments found", text: reason ?? "no speech detected", isAboutLengths: false };
  }
  // A stage without attempts reused the result of an earlier run.
  if (found === undefined || found.attempts === 0)
    return { title: "No moments", text: "None were found, or all were deleted.", isAboutLengths: true };
  const text = found.reason ?? "no part of the video was suitable";
  return { title: "No moments found", text, isAboutLengths: true };
}
