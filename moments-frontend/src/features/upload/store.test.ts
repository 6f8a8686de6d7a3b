import { beforeEach, expect, test } from "vitest";
import { clientProblem } from "@/api/errors";
import {
  explanation,
  getItems,
  percentOf,
  putItem,
  removeFinished,
  removeItem,
  statusLabel,
  type UploadItem,
  updateItem,
} from "./store";

const FILE = { key: "a", kind: "file", name: "talk.mp4" } as const;
const only = () => getItems()[0] as UploadItem;

beforeEach(() => {
  for (const { key } of getItems()) removeItem(key);
});

test("an item can be added once, updated and removed", () => {
  putItem(FILE);
  putItem({ ...FILE, status: "uploading" });
  expect(getItems()).toHaveLength(1);
  updateItem("a", { done: 5, total: 10 });
  expect(percentOf(only())).toBe(50);
  updateItem("b", { done: 7 });
  expect(getItems()).toHaveLength(1);
  removeItem("a");
  expect(getItems()).toEqual([]);
});

test("clearing keeps unfinished items", () => {
  putItem({ ...FILE, status: "done" });
  putItem({ ...FILE, key: "b", status: "uploading" });
  putItem({ ...FILE, key: "c", status: "failed" });
  removeFinished();
  expect(getItems().map(({ key }) => key)).toEqual(["b"]);
});

test("progress follows the status", () => {
  putItem(FILE);
  expect(percentOf(only())).toBe(0);
  updateItem("a", { status: "downloading" });
  expect(percentOf(only())).toBeNull();
  updateItem("a", { status: "duplicate" });
  expect(percentOf(only())).toBe(100);
  expect(statusLabel(only())).toBe("Already in the library");
});

test("duplicates and conflicts are explained with a remedy", () => {
  const problem = (kind: string) =>
    clientProblem(kind, "Conflict", "the name is taken", "send it with force");
  putItem({ ...FILE, status: "duplicate", problem: problem("already-in-library") });
  expect(explanation(only())).toBe("The name is taken. Press Add anyway if it is a different video.");
  updateItem("a", { status: "failed", problem: problem("identifier-conflict") });
  expect(explanation(only())).toContain("Rename the file");
  updateItem("a", { problem: problem("disk-full") });
  expect(explanation(only())).toBe("The name is taken. Send it with force.");
  updateItem("a", { status: "duplicate", problem: problem("same-content") });
  expect(explanation(only())).toBe("The name is taken. Watch the existing video instead.");
  updateItem("a", { problem: null });
  expect(explanation(only())).toContain("exactly the same content");
  updateItem("a", { status: "done" });
  expect(explanation(only())).toBeNull();
});
