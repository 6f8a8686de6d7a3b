import { expect, test } from "vitest";
import { languageLabel, spokenLanguages } from "./languages";

test("languages are named in the reader's language", () => {
  expect(languageLabel("de", "en")).toBe("German");
  expect(languageLabel("ger", "de")).toBe("Deutsch");
  expect(languageLabel("und", "en")).toBeNull();
});

test("the reader's languages come first", () => {
  const labels = spokenLanguages(["fr-CA", "en"], "en").map(({ label }) => label);
  expect(labels.slice(0, 4)).toEqual(["English", "French", "Afrikaans", "Albanian"]);
  expect(new Set(labels).size).toBe(labels.length);
});
