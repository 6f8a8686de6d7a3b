import { expect, test } from "vitest";
import { clientProblem } from "@/api/errors";
import { canWatch, type UploadItem, type UploadStatus } from "./store";
import { orderItems, summarize } from "./summary";

const ITEM: UploadItem = {
  key: "",
  kind: "file",
  name: "talk.mp4",
  folder: "",
  status: "queued",
  done: 0,
  total: null,
  secondsLeft: null,
  size: 100,
  videoId: null,
  findMoments: false,
  runId: null,
  moments: null,
  problem: null,
};
const list = (...statuses: UploadStatus[]) =>
  statuses.map((status, index) => ({ ...ITEM, key: String(index), status }));

test.each<[UploadStatus[], string]>([
  [["done"], "1 video added"],
  [["done", "done"], "All 2 videos added"],
  [["failed", "failed"], "2 failed"],
  [["done", "failed", "duplicate"], "1 added · 1 already in the library · 1 failed"],
  [["processing", "done"], "Finding moments in 1 video"],
  [["processing", "failed"], "Finding moments in 1 video · 1 failed"],
  [["uploading", "processing"], "Adding videos: 1 of 2 done"],
  [["done", "runFailed"], "2 added · finding moments failed for 1"],
  [["incomplete"], "1 incomplete upload"],
  [["uploading", "queued"], "Adding 2 videos"],
  [["uploading", "failed", "done"], "Adding videos: 2 of 3 done · 1 failed"],
])("%j is summarised as %s", (statuses, title) => {
  expect(summarize(list(...statuses)).title).toBe(title);
});

test("what is in progress comes first, what is done comes last", () => {
  const items = list("done", "queued", "uploading", "failed", "registering");
  expect(orderItems(items).map(({ status }) => status)).toEqual([
    "uploading",
    "registering",
    "failed",
    "queued",
    "done",
  ]);
});

test("the total counts bytes, finished items whole", () => {
  const [done, sending] = list("done", "uploading") as [UploadItem, UploadItem];
  const items = [done, { ...sending, size: 300, done: 150, total: 300 }];
  expect(summarize(items).percent).toBeCloseTo((100 * (100 + 300 * 0.9 * 0.5)) / 400);
  expect(summarize([done]).percent).toBeNull();
});

test("a failed link has no video to watch, unless its content is known", () => {
  const failed = { ...ITEM, kind: "link", videoId: "talk", status: "failed" } as const;
  const problem = (kind: string) => clientProblem(kind, "", "", "");
  expect(canWatch({ ...failed, problem: problem("source-unavailable") })).toBe(false);
  expect(canWatch({ ...failed, problem: problem("same-content") })).toBe(true);
  expect(canWatch({ ...failed, status: "duplicate" })).toBe(true);
});
