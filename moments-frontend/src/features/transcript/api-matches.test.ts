import { expect, test } from "vitest";
import type { SearchResults } from "@/api/search";
import { addHits, addSegment } from "./api-matches";

const TEXTS = ["🌕 It ran away.", "They run.", "Nothing here."];
const video = { id: "talk", title: "Talk", thumbnail_url: "", duration_seconds: 9 };

function results(
  fields: Partial<SearchResults>,
  ...hits: Partial<SearchResults["hits"][number]>[]
): SearchResults {
  const times = { start_time: 0, end_time: 1, before: "", after: "", score: 1, more_in_video: 0 };
  const all = hits.map((hit) => ({
    ...{ video, kind: "segment" as const, match: "words" as const, moment_id: null, highlights: [] },
    ...{ ...times, text: TEXTS[hit.segment_index ?? 0] ?? "", segment_index: null },
    ...hit,
  }));
  return {
    query: "run",
    mode: "words",
    total: hits.length,
    notices: [],
    corrected_query: null,
    ...fields,
    hits: all,
  };
}

const OWN = [[{ segment: 1, from: 5, to: 8 }]];

test("stems that only the API finds are added in order", () => {
  const api = results(
    {},
    { segment_index: 1, highlights: [[5, 8]] },
    { segment_index: 0, highlights: [[5, 8]] },
  );
  expect(addHits(OWN, TEXTS, api)).toEqual([[{ segment: 0, from: 6, to: 9 }], ...OWN]);
});

test("hits by meaning match their sentence", () => {
  const api = results({}, { segment_index: 2, match: "meaning" });
  expect(addHits([], TEXTS, api)).toEqual([[{ segment: 2, from: 0, to: 13 }]]);
});

test("hits in another text are ignored", () => {
  const api = results({}, { segment_index: 1, text: "They ran.", highlights: [[5, 8]] }, { kind: "title" });
  expect(addHits([], TEXTS, api)).toEqual([]);
  expect(addHits(OWN, TEXTS, undefined)).toEqual(OWN);
});

test("a correction applies only without own matches", () => {
  const api = results({ corrected_query: "ran" }, { segment_index: 0, highlights: [[5, 8]] });
  expect(addHits(OWN, TEXTS, api)).toEqual(OWN);
  expect(addHits([], TEXTS, api)).toHaveLength(1);
});

test("a segment is added once", () => {
  expect(addSegment(OWN, TEXTS, 1)).toEqual(OWN);
  expect(addSegment(OWN, TEXTS, 2)).toEqual([...OWN, [{ segment: 2, from: 0, to: 13 }]]);
  expect(addSegment(OWN, TEXTS, 9)).toEqual(OWN);
});
