import { expect, test } from "vitest";
import { explanationOf, scoreDetails } from "./score-details";

test("values are ordered and named in plain words", () => {
  const details = scoreDetails({ cohesion: 0.2, "cue phrases": 0.9, new_feature: 0.2 });
  expect(details.map(({ name, value }) => [name, value])).toEqual([
    ["Cue phrases", 0.9],
    ["New feature", 0.2],
    ["One topic", 0.2],
  ]);
  expect(details[1]?.text).toBeNull();
  expect(scoreDetails(null)).toEqual([]);
});

test("a reason that only lists values becomes details", () => {
  const reason = "cohesion 96%, centrality 40% (speaks of 'the moon, the sea'), cue phrases 0%";
  expect(explanationOf({ reason, scores: null })).toEqual({
    reason: null,
    scores: { cohesion: 0.96, centrality: 0.4, "cue phrases": 0 },
  });
});

test("a sentence stays a reason", () => {
  const moment = { reason: "It explains the tides, with 40% more detail.", scores: { cohesion: 0.9 } };
  expect(explanationOf(moment)).toEqual(moment);
  expect(explanationOf({ reason: null, scores: null })).toEqual({ reason: null, scores: null });
});
