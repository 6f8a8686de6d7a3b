import { describe, expect, it } from "vitest";
import { exportOf } from "./export.fixture";
import { describeExport, groupExports, newlyFinished, totalPercent, trayTitle } from "./list";

const at = (minute: number) => ({ created_at: `2026-01-01T10:0${minute}:00Z`, finished_at: null });
const finishedAt = (minute: number) => ({ finished_at: `2026-01-01T10:0${minute}:00Z` });

describe("groupExports", () => {
  const exports = [
    exportOf("old", finishedAt(1)),
    exportOf("later", { state: "queued", ...at(5) }),
    exportOf("other", { video_id: "other", ...finishedAt(3) }),
    exportOf("running", { state: "processing", ...at(4) }),
    exportOf("new", { state: "failed", ...finishedAt(4) }),
    exportOf("sooner", { state: "queued", ...at(3) }),
  ];
  const { active, finished } = groupExports(exports);

  it("lists the running export, then queued ones by age", () => {
    expect(active.map(({ id }) => id)).toEqual(["running", "sooner", "later"]);
  });
  it("groups finished ones by video, newest first", () => {
    expect(finished.map(({ videoId, exports: found }) => [videoId, ...found.map(({ id }) => id)])).toEqual([
      ["talk", "new", "old"],
      ["other", "other"],
    ]);
  });
  it("counts the files that can be downloaded", () => {
    expect(finished.map(({ completed }) => completed)).toEqual([1, 1]);
  });
});

it("titles the tray by the most important state", () => {
  const failed = exportOf("a", { state: "failed" });
  expect(trayTitle([failed, exportOf("b", { state: "processing" })])).toBe("Exporting 1 file");
  expect(trayTitle([failed, exportOf("b")])).toBe("1 failed export");
  expect(trayTitle([exportOf("b")])).toBe("1 export ready");
  expect(trayTitle([exportOf("b", { state: "cancelled" })])).toBe("Exports");
});

it("averages the progress of active exports", () => {
  const exports = [
    exportOf("a", { state: "processing", percent: 50 }),
    exportOf("b", { state: "queued", percent: 0 }),
  ];
  expect(totalPercent([...exports, exportOf("c")])).toBe(25);
  expect(totalPercent([exportOf("c")])).toBeNull();
});

it("describes exports", () => {
  expect(describeExport(exportOf("a"))).toBe("Ready · Vertical 9:16 · captions · 30 s · 4.2 MB");
  expect(
    describeExport(exportOf("a", { state: "processing", percent: 41.7, format: "source", captions: "none" })),
  ).toBe("Exporting 42% · Original");
});

it("reports only exports that were active before", () => {
  const before = [exportOf("a", { state: "processing" }), exportOf("b", { state: "queued" }), exportOf("c")];
  const now = [exportOf("a"), exportOf("b", { state: "cancelled" }), exportOf("c"), exportOf("d")];
  expect(newlyFinished(before, now).map(({ id }) => id)).toEqual(["a"]);
  expect(newlyFinished([], now)).toEqual([]);
});
