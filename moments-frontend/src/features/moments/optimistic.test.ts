import { expect, test } from "vitest";
import { mergeRefined } from "./merge-refined";
import { moment } from "./moment.fixture";
import { applyServerResult, applyUpdate, removeMoment, replaceMoments } from "./optimistic";

const REFINED = moment("a2", 11, 19, { is_refined: true, parent_id: "a" });
const MOMENTS = [moment("a", 10, 20), moment("b", 30, 40), REFINED];

test("an update applies to the whole family", () => {
  const after = applyUpdate(MOMENTS, "a2", { is_kept: true, rating: 4 });
  expect(after.map(({ is_kept, rating }) => [is_kept, rating])).toEqual([
    [true, 4],
    [false, null],
    [true, 4],
  ]);
});

test("a rating can be removed", () => {
  const rated = applyUpdate(MOMENTS, "b", { rating: 3 });
  expect(applyUpdate(rated, "b", { rating: null })[1]?.rating).toBeNull();
  expect(applyUpdate(rated, "b", { is_kept: true })[1]?.rating).toBe(3);
});

test("new times mark the moment kept and edited", () => {
  const [shown] = mergeRefined(applyUpdate(MOMENTS, "a2", { start_time: 12, end_time: 18 }));
  expect(shown).toMatchObject({ id: "a2", start_time: 12, end_time: 18, is_kept: true, is_edited: true });
});

test("a new title applies to the whole family", () => {
  const after = applyUpdate(MOMENTS, "a2", { title: "Tides" });
  expect(after.map(({ title }) => title)).toEqual(["Tides", "b", "Tides"]);
  expect(mergeRefined(after)[0]).toMatchObject({ is_kept: false, is_edited: false });
});

test("a response with a new id replaces the family", () => {
  const answer = moment("n", 12, 18, { is_kept: true, is_edited: true });
  expect(mergeRefined(applyServerResult(MOMENTS, "a2", answer)).map(({ id }) => id)).toEqual(["n", "b"]);
});

test("a response with the same id replaces one moment", () => {
  expect(applyServerResult(MOMENTS, "a2", { ...REFINED, title: "Tides" })).toEqual([
    MOMENTS[0],
    MOMENTS[1],
    { ...REFINED, title: "Tides" },
  ]);
});

test("removing either id removes both", () => {
  expect(removeMoment(MOMENTS, "a2").map(({ id }) => id)).toEqual(["b"]);
  expect(removeMoment(MOMENTS, "a").map(({ id }) => id)).toEqual(["b"]);
});

test("merged moments are replaced with their refined versions", () => {
  const merged = moment("m", 10, 40);
  expect(replaceMoments(MOMENTS, ["a2", "b"], [merged])).toEqual([merged]);
  expect(replaceMoments([...MOMENTS, merged], ["b"], [merged]).map(({ id }) => id)).toEqual(["a", "a2", "m"]);
});
