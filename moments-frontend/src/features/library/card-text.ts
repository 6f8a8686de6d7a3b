/** The texts of a card. */

import type { VideoSummary } from "@/api/schema";
import { t } from "@/i18n";
import { formatDuration, formatResolution } from "@/lib/format";

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

/** Return the name of a card's link: the title first, then what the picture shows. */
export function cardLabel(video: VideoSummary, facts: string): string {
  const { duration_seconds: duration, watch_position: position, tags } = video;
  const left = duration !== null && position !== null ? Math.max(0, duration - position) : null;
  return [
    video.title,
    duration === null ? null : formatDuration(duration),
    formatResolution(video.resolution),
    facts,
    left === null ? null : t("library.timeLeft", { time: formatDuration(left) }),
    tags.length > 0 ? t("library.taggedWith", { tags: tags.join(", ") }) : null,
  ]
    .filter(Boolean)
    .join(", ");
}
