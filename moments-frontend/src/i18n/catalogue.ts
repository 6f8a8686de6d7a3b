/** The catalogue of texts: English texts of the first page are part of the first load, others are loaded on demand. */

import { first } from "./en/first";
import { language, locale } from "./language";

/** Texts by feature and key. */
type Texts = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Catalogue {
  texts: Texts;
  plurals: Intl.PluralRules;
}

const number = new Intl.NumberFormat(locale);

let english: Catalogue = { texts: first, plurals: new Intl.PluralRules("en") };
let translation: Catalogue | null = null;

/** Load the texts of the interface language. English remains if they cannot be loaded. */
export async function loadCatalogue(): Promise<void> {
  if (language === "en") return;
  try {
    const { de } = await import("./de");
    translation = { texts: de, plurals: new Intl.PluralRules("de") };
    document.documentElement.lang = language;
  } catch {
    // The chunk is missing or the server is unavailable: English texts are better than none.
  }
}

/** Load the English texts of all features, which parts that are loaded on demand need. */
export async function loadAllTexts(): Promise<void> {
  const { en } = await import("./en");
  english = { ...english, texts: en };
}

type English = typeof import("./en")["en"];
type Feature = keyof English & string;
type PluralForm = "zero" | "one" | "two" | "few" | "many" | "other";
type WithoutPlural<Key> = Key extends `${infer Base}_${PluralForm}` ? Base : Key;

/** The name of a text: its feature and its key in the feature's file, without the plural form. */
export type TextKey = {
  [F in Feature]: `${F}.${WithoutPlural<keyof English[F] & string>}`;
}[Feature];

export type TextValues = Readonly<Record<string, string | number>>;

/** Return a text in the interface language.
 *
 * @param values replace the text's placeholders; `count` also selects the plural form. Numbers are formatted.
 *
 * Call it while rendering or on an event: constants of a module are made before the language is loaded. */
export function t(key: TextKey, values: TextValues = {}): string {
  const text = (translation && find(translation, key, values)) ?? find(english, key, values) ?? key;
  return text.replace(PLACEHOLDER, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) return placeholder;
    return typeof value === "number" ? number.format(value) : value;
  });
}

const PLACEHOLDER = /\{\{(\w+)\}\}/g;

function find({ texts, plurals }: Catalogue, key: string, { count }: TextValues): string | undefined {
  const [feature = "", name = ""] = key.split(".");
  const found = texts[feature];
  if (typeof count !== "number") return found?.[name];
  return found?.[`${name}_${plurals.select(count)}`] ?? found?.[`${name}_other`] ?? found?.[name];
}

/** Return options with their labels in the interface language. */
export function translateLabels<Choice extends { readonly label: TextKey }>(
  options: readonly Choice[],
): (Omit<Choice, "label"> & { label: string })[] {
  return options.map((option) => ({ ...option, label: t(option.label) }));
}
