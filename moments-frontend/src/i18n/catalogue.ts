/** The catalogue of texts: English is part of the first load, other languages are loaded on demand. */

import { createInstance } from "i18next";
import { en } from "./en";
import { language, locale } from "./language";

const number = new Intl.NumberFormat(locale);

/** Numbers follow the reader's locale. React escapes texts, so the catalogue must not. */
const interpolation = {
  escapeValue: false,
  alwaysFormat: true,
  format: (value: unknown) => (typeof value === "number" ? number.format(value) : String(value)),
};

const catalogue = createInstance({
  lng: "en",
  fallbackLng: "en",
  initAsync: false,
  resources: { en: { translation: en } },
  interpolation,
});
void catalogue.init();

/** Load the texts of the interface language. English remains if they cannot be loaded. */
export async function loadCatalogue(): Promise<void> {
  if (language === "en") return;
  try {
    const { de } = await import("./de");
    catalogue.addResourceBundle("de", "translation", de);
    await catalogue.changeLanguage("de");
    document.documentElement.lang = language;
  } catch {
    // The chunk is missing or the server is away: English texts are better than none.
  }
}

type Catalogue = typeof en;
type Feature = keyof Catalogue & string;
type PluralForm = "zero" | "one" | "two" | "few" | "many" | "other";
type WithoutPlural<Key> = Key extends `${infer Base}_${PluralForm}` ? Base : Key;

/** The name of a text: its feature and its key in the feature's file, without the plural form. */
export type TextKey = {
  [F in Feature]: `${F}.${WithoutPlural<keyof Catalogue[F] & string>}`;
}[Feature];

export type TextValues = Readonly<Record<string, string | number>>;

/** Return a text in the interface language.
 *
 * @param values replace the text's placeholders; `count` also selects the plural form. Numbers are formatted.
 *
 * Call it while rendering or on an event: constants of a module are made before the language is loaded. */
export function t(key: TextKey, values?: TextValues): string {
  // No nesting: a value may contain the syntax of references to other texts.
  return catalogue.t(key, { ...values, nest: false });
}

/** Return options with their labels in the interface language. */
export function translateLabels<Choice extends { readonly label: TextKey }>(
  options: readonly Choice[],
): (Omit<Choice, "label"> & { label: string })[] {
  return options.map((option) => ({ ...option, label: t(option.label) }));
}
