import { beforeEach, expect, test } from "vitest";
import {
  allEntries,
  changeEntry,
  type Entry,
  percentOf,
  putEntry,
  removeEntry,
  removeFinished,
  wordOf,
} from "./entries";

const FILE = { key: "a", kind: "file", name: "talk.mp4" } as const;
const only = () => allEntries()[0] as Entry;

beforeEach(() => {
  for (const { key } of allEntries()) removeEntry(key);
});

test("an entry is put once, changed, and gone", () => {
  putEntry(FILE);
  putEntry({ ...FILE, phase: "sending" });
  expect(allEntries()).toHaveLength(1);
  changeEntry("a", { done: 5, total: 10 });
  expect(percentOf(only())).toBe(50);
  changeEntry("b", { done: 7 });
  expect(allEntries()).toHaveLength(1);
  removeEntry("a");
  expect(allEntries()).toEqual([]);
});

test("what is over can be cleared away; what goes on stays", () => {
  putEntry({ ...FILE, phase: "done" });
  putEntry({ ...FILE, key: "b", phase: "sending" });
  putEntry({ ...FILE, key: "c", phase: "failed" });
  removeFinished();
  expect(allEntries().map(({ key }) => key)).toEqual(["b"]);
});

test("how far it is", () => {
  putEntry(FILE);
  expect(percentOf(only())).toBe(0);
  changeEntry("a", { phase: "fetching" });
  expect(percentOf(only())).toBeNull();
  changeEntry("a", { phase: "known" });
  expect(percentOf(only())).toBe(100);
  expect(wordOf(only())).toBe("Already in the library");
});
