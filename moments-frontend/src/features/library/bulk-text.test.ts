import { expect, test } from "vitest";
import type { BulkOperation } from "@/api/bulk";
import { bulkSummary, bulkTitle } from "./bulk-text";

const OPERATION: BulkOperation = {
  id: "0",
  action: "trash",
  state: "completed",
  total: 3,
  done: 3,
  changed: 3,
  failed: 0,
  failures: [],
  created_at: "2026-01-01T00:00:00Z",
  finished_at: null,
};

test.each<[Partial<BulkOperation>, string]>([
  [{}, "3 videos moved to the trash"],
  [{ changed: 1, failed: 2 }, "1 video moved to the trash · 2 failed"],
  [{ action: "transcribe", changed: 1 }, "1 transcription started · 2 unchanged"],
  [{ action: "fetch", state: "cancelled", changed: 1 }, "1 video brought back · 2 not attempted"],
])("%j is summarised as %s", (change, text) => {
  expect(bulkSummary({ ...OPERATION, ...change })).toBe(text);
});

test("progress counts the processed videos", () => {
  expect(bulkTitle({ ...OPERATION, state: "processing", done: 1 })).toBe("1 of 3 done");
  expect(bulkTitle({ ...OPERATION, state: "cancelling" })).toBe("Stopping…");
});
