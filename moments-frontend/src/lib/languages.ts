/** Spoken languages, named in the reader's language. */

import { locale as readerLocale } from "@/i18n";
import { languageName } from "./audio-tracks";

/** Return the name of a language code in the reader's language; null if it has none. */
export function languageLabel(
  code: string | null | undefined,
  locale: string | string[] = readerLocale,
): string | null {
  return languageName(code, locale);
}

/** Codes of the languages that Whisper recognises. */
const SPOKEN =
  "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id " +
  "is it ja jv ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd " +
  "si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh";

export interface LanguageOption {
  value: string;
  label: string;
}

/** Return the languages that can be recognised: those of the reader first, the others by name. */
export function spokenLanguages(
  preferred: readonly string[],
  locale: string | string[] = readerLocale,
): LanguageOption[] {
  const first = new Set(preferred.map((tag) => tag.toLowerCase().split("-")[0] ?? ""));
  const { compare } = new Intl.Collator(locale);
  const rank = ({ value }: LanguageOption) => (first.has(value) ? 0 : 1);
  return SPOKEN.split(" ")
    .map((value) => ({ value, label: languageLabel(value, locale) ?? value }))
    .sort((one, other) => rank(one) - rank(other) || compare(one.label, other.label));
}
