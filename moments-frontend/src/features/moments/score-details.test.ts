import { expect, test } from "vitest";
import { explanationOf, scoreDetails } from "./score-details";

test("values are ordered and named in plain words", () => {
  const details = scoreDetails({ opening: 0.4, novelty: 1.2, no_promotion: -0.1, other_feature: 7 });
  expect(details.map(({ name, value, share }) => [name, value, share])).toEqual([
    ["No advertisement", "90%", 0.9],
    ["New words", "Far above average", 0.8],
    ["Beginning", "40%", 0.4],
    ["Other feature", "7.00", null],
  ]);
  expect(details[3]?.text).toBeNull();
  expect(scoreDetails(null)).toEqual([]);
});

test.each([
  [0.1, undefined],
  [-0.3, "Below average"],
  [0.9, "Above average"],
  [-2.5, "Far below average"],
])("a deviation of %s is %s", (emotion, text) => {
  expect(scoreDetails({ emotion })[0]?.value).toBe(text);
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
