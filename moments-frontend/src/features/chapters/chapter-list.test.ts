import { expect, test } from "vitest";
import type { Chapter } from "@/api/chapters";
import {
  addChapter,
  changeChapter,
  chapterIndexAt,
  removeChapter,
  startProblem,
  toDescription,
  toDrafts,
} from "./chapter-list";

const chapter = (start_time: number, end_time: number, title: string): Chapter => ({
  start_time,
  end_time,
  title,
  source: "file",
});
/** With a gap after the second one. */
const CHAPTERS = [chapter(0, 10, "One"), chapter(10, 15, "Two"), chapter(20, 100, "Three")];
const DRAFTS = toDrafts(CHAPTERS, 100);

test("adjoining ends follow the next start, gaps are kept", () => {
  expect(DRAFTS.map(({ end_time }) => end_time)).toEqual([null, 15, null]);
});

test("a moved chapter changes its place in the list", () => {
  const moved = changeChapter(DRAFTS, 0, { start_time: 50, title: "Late" });
  expect(moved.map(({ title }) => title)).toEqual(["Two", "Three", "Late"]);
});

test("an end after the next start is dropped", () => {
  const added = addChapter(DRAFTS, 12, "New");
  expect(added.map(({ title, end_time }) => [title, end_time])).toEqual([
    ["One", null],
    ["Two", null],
    ["New", null],
    ["Three", null],
  ]);
  expect(removeChapter(added, 2).map(({ title }) => title)).toEqual(["One", "Two", "Three"]);
});

test.each([
  [10.5, null, "Another chapter starts at this time."],
  [10.5, 1, null],
  [100, null, "Choose a time before 1:40."],
  [50, null, null],
])("a chapter at %d s, except number %s: %s", (seconds, except, problem) => {
  expect(startProblem(CHAPTERS, seconds, 100, except)).toBe(problem);
});

test("no chapter contains a time in a gap", () => {
  expect([5, 10, 17, 99].map((seconds) => chapterIndexAt(CHAPTERS, seconds))).toEqual([0, 1, -1, 2]);
});

test("a description starts at 00:00", () => {
  expect(toDescription(CHAPTERS)).toBe("00:00 One\n00:10 Two\n00:20 Three");
  expect(toDescription([chapter(3725, 4000, "Late")])).toBe("00:00 Start\n1:02:05 Late");
  expect(toDescription([])).toBe("");
});
