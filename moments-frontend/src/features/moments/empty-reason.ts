/** Explains an empty moments list from the last run. */

import type { RunState } from "@/api/schema";
import { t } from "@/i18n";

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
    return {
      title: t("moments.noMomentsLeft"),
      text: t("moments.allMomentsWereDeleted"),
      isAboutLengths: false,
    };
  if (!hasWords)
    return {
      title: t("moments.noSpeech"),
      text: t("moments.momentsAreFoundInSpeech"),
      isAboutLengths: false,
    };
  if (!hasDocument) {
    // If transcription was skipped, its reason is the cause.
    const reason = transcription?.status === "skipped" ? transcription.reason : found?.reason;
    return {
      title: t("moments.noMomentsFound"),
      text: reason ?? t("moments.noSpeechDetected"),
      isAboutLengths: false,
    };
  }
  // A stage without attempts reused the result of an earlier run.
  if (found === undefined || found.attempts === 0)
    return { title: t("moments.noMoments"), text: t("moments.noneWereFoundOrAll"), isAboutLengths: true };
  const text = found.reason ?? t("moments.noPartWasSuitable");
  return { title: t("moments.noMomentsFound"), text, isAboutLengths: true };
}
