import { t } from "@/i18n";
/** Names and terms as text, one per line. */

/** Return the terms of a text; lines, commas and semicolons separate them. Case does not distinguish terms. */
export function parseTerms(text: string): string[] {
  const terms = new Map<string, string>();
  for (const part of text.split(/[\n,;]/u)) {
    const term = part.replace(/\s+/gu, " ").trim();
    if (term && !terms.has(term.toLowerCase())) terms.set(term.toLowerCase(), term);
  }
  return [...terms.values()];
}

/** Limits of the API. */
export const MAX_TERMS = 100;
export const MAX_TERM_LENGTH = 100;

/** Return why the API would refuse the terms; null if it accepts them. */
export function termsError(terms: readonly string[]): string | null {
  const long = terms.find((term) => [...term].length > MAX_TERM_LENGTH);
  if (long) return t("lib.termTooLong", { term: long.slice(0, 30), max: MAX_TERM_LENGTH });
  return terms.length > MAX_TERMS ? t("lib.tooManyTerms", { max: MAX_TERMS }) : null;
}
