/** The interface language: the one chosen in this browser, else the browser's own if there is a catalogue for it. */

import { readStored, writeStored } from "@/lib/storage";

/** Languages with a catalogue, by their own names. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;

export type Language = keyof typeof LANGUAGES;

const STORAGE_KEY = "language";

const primary = (tag: string) => tag.toLowerCase().split("-")[0] ?? "";
const isLanguage = (value: string | null): value is Language =>
  value !== null && Object.hasOwn(LANGUAGES, value);

/** Return the language for a stored choice and the languages that the browser prefers. */
export function selectLanguage(stored: string | null, preferred: readonly string[]): Language {
  if (isLanguage(stored)) return stored;
  return preferred.map(primary).find(isLanguage) ?? "en";
}

/** Return the reader's regional variant of a language, such as `en-GB`, which decides about dates and digits. */
export function selectLocale(language: Language, preferred: readonly string[]): string {
  return preferred.find((tag) => primary(tag) === language) ?? language;
}

/** Browsers without a locale of the system report tags that `Intl` refuses, such as `en-US@posix`. */
function isTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}

const preferred = typeof navigator === "undefined" ? [] : (navigator.languages ?? []).filter(isTag);

/** Fixed until the page is reloaded, so that texts need not be rendered again. */
export const language = selectLanguage(readStored(STORAGE_KEY), preferred);
export const locale = selectLocale(language, preferred);

/** Return the chosen language; null follows the browser. */
export function storedLanguage(): Language | null {
  const stored = readStored(STORAGE_KEY);
  return isLanguage(stored) ? stored : null;
}

/** Store the choice and reload the page in that language. Null follows the browser. */
export function chooseLanguage(choice: Language | null): void {
  writeStored(STORAGE_KEY, choice);
  location.reload();
}
