/** Language and origin of a transcript as text. */

import type { SegmentRead, TranscriptRead } from "@/api/schema";
import { languageLabel } from "@/lib/languages";

const SOURCES: Readonly<Record<NonNullable<TranscriptRead["source"]>, string>> = {
  user: "Imported",
  sidecar: "From a caption file beside the video",
  embedded: "Captions from the file",
  site: "Captions from the site",
  captions: "From captions",
  whisper: "Recognised by Whisper",
  openai: "Recognised by a transcription server",
  http: "Recognised by a transcription service",
};

/** Return the language, or all languages of a mixed video; null if it is unknown. */
export function languagesText({ language, languages }: TranscriptRead): string | null {
  const names = [...new Set(languages)].map((code) => languageLabel(code)).filter((name) => name !== null);
  if (names.length > 1) return `Mixed: ${names.join(", ")}`;
  return names[0] ?? languageLabel(language);
}

/** Return the origin of the text; null if it is unknown. */
export function sourceText({ source }: TranscriptRead): string | null {
  return source && SOURCES[source];
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
