import { describe, expect, it } from "vitest";
import { allParts, describeParts, dialogTitle, groupByVideo, partOf, selectionsOf } from "./targets";

const moment = (id: string, start: number, end: number, more = {}) => ({
  id,
  start_time: start,
  end_time: end,
  title: `Title of ${id}`,
  is_refined: false,
  parent_id: null as string | null,
  video_id: "talk",
  ...more,
});
const range = { momentId: null, start: 3, end: 10, title: "" };

describe("allParts", () => {
  it("replaces moments by their refined versions, ordered by time", () => {
    const moments = [
      moment("late", 60, 90),
      moment("raw", 0, 30),
      moment("refined", 2, 28, { is_refined: true, parent_id: "raw" }),
    ];
    expect(allParts(moments).map(({ momentId }) => momentId)).toEqual(["refined", "late"]);
  });
});

describe("selectionsOf", () => {
  const target = (parts: Parameters<typeof selectionsOf>[0]["parts"]) => ({ videoId: "talk", parts });
  it("names moments by their ids", () => {
    expect(selectionsOf(target([partOf(moment("a", 0, 5)), partOf(moment("b", 6, 9))]), "")).toEqual([
      { moment_ids: ["a", "b"] },
    ]);
  });
  it("sends a range with its title", () => {
    expect(selectionsOf(target([range]), " Tides ")).toEqual([
      { start_time: 3, end_time: 10, title: "Tides" },
    ]);
    expect(selectionsOf(target([range]), "  ")).toEqual([{ start_time: 3, end_time: 10 }]);
  });
  it("leaves the choice of all moments to the server", () => {
    expect(selectionsOf(target("all"), "")).toEqual([{ moments: "all" }]);
  });
  it("splits more moments than one request may name", () => {
    const parts = Array.from({ length: 230 }, (_, index) => partOf(moment(`m${index}`, index, index + 1)));
    const sizes = selectionsOf(target(parts), "").map((one) => "moment_ids" in one && one.moment_ids.length);
    expect(sizes).toEqual([100, 100, 30]);
  });
});

it("groups moments by video", () => {
  const targets = groupByVideo([
    moment("a", 0, 5),
    moment("b", 0, 5, { video_id: "other" }),
    moment("c", 6, 9),
  ]);
  expect(targets.map(({ videoId, parts }) => [videoId, parts.length])).toEqual([
    ["talk", 2],
    ["other", 1],
  ]);
});

it("describes what is exported", () => {
  const parts = [partOf(moment("a", 0, 30)), partOf(moment("b", 60, 105))];
  expect(dialogTitle(parts)).toBe("Export 2 moments");
  expect(describeParts(parts)).toBe("2 files, 1 min 15 s in total");
  expect(dialogTitle(parts.slice(1))).toBe("Export moment");
  expect(describeParts(parts.slice(1))).toBe("1:00–1:45, 45 s");
  expect(dialogTitle([range])).toBe("Export range");
  expect(dialogTitle([])).toBe("Export moments");
});
