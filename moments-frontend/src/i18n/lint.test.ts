import { expect, test } from "vitest";
import { checkFirstLoad, checkTexts } from "../../scripts/check-texts";

const ENGLISH = {
  "library.empty": "Empty",
  "library.count_one": "{{count}} video",
  "library.count_other": "{{count}} videos",
};
const GERMAN = {
  "library.empty": "Leer",
  "library.count_one": "{{count}} Video",
  "library.count_other": "{{count}} Videos",
};
const USES = 'function f(count: number) { return [t("library.empty"), t("library.count", { count })]; }';

const problems = (text: string, german: Record<string, string> = GERMAN) =>
  checkTexts([{ path: "features/library/Page.tsx", text: `${USES}\n${text}` }], ENGLISH, { de: german });

test("converted sources with all translations have no problem", () => {
  expect(problems("")).toEqual([]);
});

test.each([
  ["<p>Nothing here</p>", "Nothing here"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: source code that the lint reads
  ["<p>{isOpen ? <b /> : `Found ${n} videos`}</p>", "Found {} videos"],
  ['<Button label="Play" />', "Play"],
  ['<img alt={title ?? "A picture"} />', "A picture"],
  ['const TABS = [{ id: "a", title: "Details" }];', "Details"],
  ['toast(isNew ? "Added" : "Changed");', "Added"],
  ['function name() { return "Something else"; }', "Something else"],
  ['const NAMES = { queued: "Queued" };', "Queued"],
])("%s is hard-coded", (source, text) => {
  expect(problems(source)[0]).toBe(
    `src/features/library/Page.tsx:2: hard-coded text ${JSON.stringify(text)}; use t()`,
  );
});

test.each([
  '<p className="Large text">{title} · 4 × 3</p>',
  'throw new Error("the document has no root");',
  'if (event.key === "Enter") close();',
  '<input type="text" placeholder="https://example.org" />',
  'type Kind = "Large one" | "Small one";',
])("%s is not a text", (source) => {
  expect(problems(source)).toEqual([]);
});

test("folders that are not converted may have texts", () => {
  const sources = [{ path: "app/Shell.tsx", text: `${USES}\n<p>Skip to content</p>` }];
  expect(checkTexts(sources, ENGLISH, { de: GERMAN }, ["app"])).toEqual([]);
});

test("keys and placeholders are checked", () => {
  expect(problems('f(t("library.full"));')).toContain(
    "src/features/library/Page.tsx:2: t() outside a function is called before the language is loaded; store the key instead",
  );
  expect(problems('function g() { return t("library.full"); }')).toEqual([
    "src/features/library/Page.tsx:2: unknown key library.full",
  ]);
  expect(problems('function g() { return t("library.count"); }')).toEqual([
    "src/features/library/Page.tsx:2: library.count needs count",
  ]);
});

test("unused, untranslated and unknown texts are reported", () => {
  const source = { path: "a.ts", text: 'function f() { return t("library.empty"); }' };
  const { "library.empty": _empty, ...german } = GERMAN;
  const found = checkTexts([source], ENGLISH, { de: { ...german, "library.old": "Alt" } });
  expect(found).toEqual([
    "en: library.count_one is not used",
    "en: library.count_other is not used",
    "de: library.empty is missing",
    "de: library.old is not an English key",
  ]);
  expect(problems("", { ...GERMAN, "library.empty": "Leer {{count}}" })).toEqual([
    "de: library.empty has other placeholders than the English text",
  ]);
});

test("texts of the first load must be part of it", () => {
  const sources = [
    { path: "main.tsx", text: 'import { App } from "./app/App";' },
    {
      path: "app/App.tsx",
      text: 'import type { T } from "@/lib/t"; function f() { t("app.skip"); t("runs.all"); import("../lib/t"); }',
    },
    { path: "lib/t.ts", text: 'function f() { t("moments.clip"); }' },
  ];
  expect(checkFirstLoad(sources, ["app"])).toEqual(["src/app/App.tsx: runs is not in src/i18n/en/first.ts"]);
});
