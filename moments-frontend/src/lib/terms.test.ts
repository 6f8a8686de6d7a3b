import { expect, test } from "vitest";
import { parseTerms, termsError } from "./terms";

test("lines and commas separate terms", () => {
  expect(parseTerms(" Sydney  Carton\nMadame Defarge, Lucie;; lucie \n")).toEqual([
    "Sydney Carton",
    "Madame Defarge",
    "Lucie",
  ]);
  expect(parseTerms("")).toEqual([]);
});

test("limits of the API are checked", () => {
  expect(termsError(Array.from({ length: 100 }, (_, index) => `term ${index}`))).toBeNull();
  expect(termsError(Array.from({ length: 101 }, (_, index) => `term ${index}`))).toContain("100 terms");
  expect(termsError(["x".repeat(101)])).toContain("longer");
});
