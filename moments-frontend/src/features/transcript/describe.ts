/** Language and origin of a transcript as text. */

import type { SegmentRead, TranscriptRead } from "@/api/schema";
import { type TextKey, t } from "@/i18n";
import { languageLabel } from "@/lib/languages";

const SOURCES: Readonly<Record<NonNullable<TranscriptRead["source"]>, TextKey>> = {
  user: "transcript.imported",
  sidecar: "transcript.fromACaptionFileBeside",
  embedded: "transcript.captionsFromTheFile",
  site: "transcript.captionsFromTheSite",
  captions: "transcript.fromCaptions",
  whisper: "transcript.recognisedByWhisper",
  openai: "transcript.recognisedByATranscriptionServer",
  http: "transcript.recognisedByATranscriptionService",
};

/** Return the language, or all languages of a mixed video; null if it is unknown. */
export function languagesText({ language, languages }: TranscriptRead): string | null {
  const names = [...new Set(languages)].map((code) => languageLabel(code)).filter((name) => name !== null);
  if (names.length > 1) return t("transcript.mixedLanguages", { names: names.join(", ") });
  return names[0] ?? languageLabel(language);
}

/** Return the origin of the text; null if it is unknown. */
export function sourceText({ source }: TranscriptRead): string | null {
  return source && t(SOURCES[source]);
}

/** Segments below are marked while the transcript is edited. */
const LOW_CONFIDENCE = 0.6;

export function isUncertain({ confidence, edited }: Pick<SegmentRead, "confidence" | "edited">): boolean {
  return confidence !== null && confidence < LOW_CONFIDENCE && !edited;
}

export type EmptyKind = "no audio" | "unintelligible" | "music" | "silence" | "no words";

/** Return why a transcript has no words. */
export function emptyKind({ sections }: Pick<TranscriptRead, "sections">): EmptyKind {
  const has = (kind: string) => sections.some((section) => section.kind === kind);
  if (has("unintelligible") || has("speech")) return "unintelligible";
  if (has("music")) return "music";
  return has("silence") ? "silence" : "no words";
}
