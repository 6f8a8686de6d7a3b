import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { t } from "./catalogue";
import { en } from "./en";
import { selectLanguage, selectLocale } from "./language";
import { german, SLOW_MS } from "./testing";

test("texts are found by feature and key", () => {
  expect(t("common.cancel")).toBe("Cancel");
});

test("the count selects the plural form and is formatted", () => {
  expect(t("common.momentCount", { count: 1 })).toBe("1 moment");
  expect(t("common.momentCount", { count: 10_000 })).toBe("10,000 moments");
});

test("values are inserted as they are", () => {
  expect(t("moments.playTitle", { title: "<b>{{title}}</b> $& $t(common.cancel)" })).toBe(
    "Play <b>{{title}}</b> $& $t(common.cancel)",
  );
});

test.each([
  [null, ["en-GB", "de"], "en"],
  [null, ["fr", "de-AT", "en"], "de"],
  [null, ["fr"], "en"],
  [null, [], "en"],
  ["de", ["en-US"], "de"],
  ["toString", ["de"], "de"],
])("stored %s and preferred %s select %s", (stored, preferred, language) => {
  expect(selectLanguage(stored, preferred)).toBe(language);
});

test("dates follow the reader's variant of the language", () => {
  expect(selectLocale("en", ["de", "en-GB"])).toBe("en-GB");
  expect(selectLocale("de", ["en-US"])).toBe("de");
});

test("English texts have the spelling of the other sources", () => {
  // The rules of `make lint`, which does not read catalogues.
  const rules = readFileSync("../moments-backend/scripts/dev/vocabulary.toml", "utf8")
    .split("[[word]]")
    .filter((rule) => rule.includes("British spelling"))
    .map((rule) => new RegExp(`\\b(?:${/match = '(.*)'/.exec(rule)?.[1]})\\b`, "iu"));
  expect(rules.length).toBeGreaterThan(5);
  const texts = Object.values(en).flatMap((feature) => Object.values<string>(feature));
  expect(texts.filter((text) => rules.some((rule) => rule.test(text)))).toEqual([]);
});

beforeEach(() => vi.resetModules());
afterEach(() => vi.unstubAllGlobals());

test(
  "German texts have their own plurals and digits",
  async () => {
    const { t: translate } = await german();
    expect(translate("common.momentCount", { count: 1 })).toBe("1 Moment");
    expect(translate("common.momentCount", { count: 10_000 })).toBe("10.000 Momente");
    expect(document.documentElement.lang).toBe("de");
  },
  SLOW_MS,
);

test(
  "German numbers have a decimal comma",
  async () => {
    await german();
    const format = await import("@/lib/format");
    expect(format.formatPreciseDuration(39.3)).toBe("39,3 s");
    expect(format.formatPreciseTime(7.5)).toBe("0:07,5");
    expect(format.formatBytes(58_100_000)).toBe("58,1 MB");
    expect(format.formatNumber(7, 1, true)).toBe("7,0");
  },
  SLOW_MS,
);

test(
  "a missing German text is displayed in English",
  async () => {
    const { de } = await import("./de");
    vi.stubGlobal("navigator", { languages: ["de-DE"] });
    vi.stubGlobal("document", { documentElement: { lang: "en" } });
    const { cancel: _cancel, ...common } = de.common;
    vi.doMock("./de", () => ({ de: { ...de, common } }));
    const { loadCatalogue, t: translate } = await import("./catalogue");
    await loadCatalogue();
    vi.doUnmock("./de");
    expect(translate("common.cancel")).toBe("Cancel");
    expect(translate("common.close")).toBe("Schließen");
  },
  SLOW_MS,
);
