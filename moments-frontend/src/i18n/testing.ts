import { vi } from "vitest";

/** Loading the catalogues again takes seconds on a busy machine. */
export const SLOW_MS = 60_000;

/** Load the catalogue as a browser does that prefers German; call `vi.resetModules` before and unstub after. */
export async function german() {
  vi.stubGlobal("navigator", { languages: ["de-DE"] });
  vi.stubGlobal("document", { documentElement: { lang: "en" } });
  const catalogue = await import("./catalogue");
  await catalogue.loadCatalogue();
  await catalogue.loadAllTexts();
  return catalogue;
}
