import { expect, test } from "vitest";
import { breadcrumb, subfolders } from "./folders";

const FOLDERS = [
  { value: "", total: 3 },
  { value: "Course 10", total: 1 },
  { value: "Course 2", total: 7 },
  { value: "Course 2/Week 1", total: 5 },
  { value: "Course 2/Week 1/Labs", total: 1 },
  { value: "Course 21", total: 7 },
];

test("subfolders are in natural order", () => {
  expect(subfolders(FOLDERS, "").map(({ name }) => name)).toEqual(["Course 2", "Course 10", "Course 21"]);
  expect(subfolders(FOLDERS, "Course 2")).toEqual([{ path: "Course 2/Week 1", name: "Week 1", total: 5 }]);
  expect(subfolders(FOLDERS, "Course 2/Week 1/Labs")).toEqual([]);
});

test("a breadcrumb leads to the folder", () => {
  expect(breadcrumb("a/b")).toEqual([
    { name: "a", path: "a" },
    { name: "b", path: "a/b" },
  ]);
  expect(breadcrumb("")).toEqual([]);
});
