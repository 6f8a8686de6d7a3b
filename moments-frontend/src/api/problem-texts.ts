/** German titles and remedies of the API's frequent problems, by the last part of their type.
 *
 * Details stay as the server writes them, because they contain names and figures. */

import { language } from "@/i18n/language";

interface ProblemTexts {
  title: string;
  /** Only where the server's remedy is always the same. */
  remedy?: string;
}

let translated: Readonly<Record<string, ProblemTexts>> = {};

/** Load the translations, which are not part of the first load. The server's texts are used without them. */
export async function loadProblemTexts(): Promise<void> {
  if (language !== "de") return;
  translated = await import("./problems.de.json").then(
    (texts) => texts.default,
    () => ({}),
  );
}

/** Return a problem with title and remedy in the interface language, if there is a translation. */
export function translateProblem<P extends { type: string; title: string; remedy?: string | null }>(
  problem: P,
): P {
  return { ...problem, ...translated[problem.type.split(":").at(-1) ?? ""] };
}
