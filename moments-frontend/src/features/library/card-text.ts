/** The line below a card's title. */

import type { VideoSummary } from "@/api/schema";
import { t } from "@/i18n";

/** Return the line below the title; `date` is that of the recording, else of the addition. */
export function cardFacts(video: VideoSummary, date: string): string {
  return [video.channel, date, transcriptFact(video)].filter(Boolean).join(" · ");
}

function transcriptFact({
  has_transcript: hasTranscript,
  has_speech: hasSpeech,
}: VideoSummary): string | null {
  if (hasSpeech === false) return t("library.noSpeech");
  return hasTranscript ? t("common.transcript") : null;
}
