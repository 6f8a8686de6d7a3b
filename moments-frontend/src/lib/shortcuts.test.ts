import { expect, test } from "vitest";
import { shortcutGroups } from "./shortcuts";

test("each page lists its own shortcuts and those of every page", () => {
  const titles = (path: string) => shortcutGroups(path).map(({ title }) => title);
  expect(titles("/watch/a")).toEqual([
    "app.shortcutsPlayer",
    "app.shortcutsTranscript",
    "app.shortcutsEverywhere",
  ]);
  expect(titles("/search")).toContain("app.shortcutsResults");
  expect(titles("/settings")).toEqual(["app.shortcutsEverywhere"]);
});

test("no group lists a key for two effects", () => {
  for (const path of ["/", "/search", "/watch/a"])
    for (const { shortcuts } of shortcutGroups(path)) {
      const keys = shortcuts.map((shortcut) => shortcut.keys.join("+"));
      expect(new Set(keys).size).toBe(keys.length);
    }
});
