/** Names of audio tracks. */

import { locale as readerLocale, t } from "@/i18n";
import { codecLabel } from "./codecs";

export interface AudioTrack {
  index: number;
  codec: string;
  channels: number;
  language?: string | null | undefined;
  title?: string | null | undefined;
}

/** Bibliographic codes of ISO 639-2, which files use but `Intl` does not support. */
const BIBLIOGRAPHIC: Readonly<Record<string, string>> = {
  alb: "sq",
  arm: "hy",
  baq: "eu",
  bur: "my",
  chi: "zh",
  cze: "cs",
  dut: "nl",
  fre: "fr",
  geo: "ka",
  ger: "de",
  gre: "el",
  ice: "is",
  mac: "mk",
  mao: "mi",
  may: "ms",
  per: "fa",
  rum: "ro",
  slo: "sk",
  tib: "bo",
  wel: "cy",
};
/** No language, several, or none known. */
const UNSPECIFIC = new Set(["und", "mul", "mis", "zxx", "unk", "qaa"]);

/** Return the name of a language code such as `eng` or `pt-BR`; null if there is none.
 */
export function languageName(
  code: string | null | undefined,
  locale: string | string[] = readerLocale,
): string | null {
  const language = code?.trim().toLowerCase() ?? "";
  if (language === "" || UNSPECIFIC.has(language)) return null;
  try {
    const tag = BIBLIOGRAPHIC[language] ?? language;
    return new Intl.DisplayNames(locale, { type: "language", fallback: "none" }).of(tag) ?? null;
  } catch {
    return null; // not a language tag
  }
}

const LAYOUTS: Readonly<Record<number, string>> = { 1: "mono", 2: "stereo", 6: "5.1", 8: "7.1" };

/** Return a track's name, such as `1. English – Commentary (AAC, stereo)`. */
export function trackLabel(track: AudioTrack, position: number): string {
  const name = [languageName(track.language), track.title?.trim()].filter(Boolean).join(" – ");
  const channels =
    track.channels > 0 ? (LAYOUTS[track.channels] ?? t("lib.channels", { count: track.channels })) : null;
  const codec = track.codec === "unknown" ? t("lib.unknownCodec") : codecLabel(track.codec);
  return `${position + 1}. ${name || t("lib.track")} (${[codec, channels].filter(Boolean).join(", ")})`;
}
