import { expect, test } from "vitest";
import {
  DEFAULT_MOMENT_FILTERS,
  isMomentFilterActive,
  parseMomentFilters,
  toMomentQuery,
  toMomentSearch,
} from "./moment-filter";

test("the address holds the changed filters", () => {
  const filters = { ...DEFAULT_MOMENT_FILTERS, q: "the moon", show: "kept", sort: "rating" } as const;
  const search = toMomentSearch(filters);
  expect(search).toBe("?q=the+moon&show=kept&sort=rating");
  expect(parseMomentFilters(search)).toEqual(filters);
  expect(toMomentSearch(DEFAULT_MOMENT_FILTERS)).toBe("");
});

test("unknown values are ignored", () => {
  expect(parseMomentFilters("?show=lost&rating=9&length=long&other=1")).toEqual({
    ...DEFAULT_MOMENT_FILTERS,
    length: "long",
  });
  expect(parseMomentFilters(`?q=${"x".repeat(300)}`).q).toHaveLength(200);
});

test("filters become parameters of the API", () => {
  const filters = { q: " tides ", show: "own", rating: "good", length: "medium", sort: "oldest" } as const;
  expect(toMomentQuery(filters)).toEqual({
    q: "tides",
    origin: "own",
    min_rating: 4,
    min_duration: 30,
    max_duration: 60,
    sort: "date",
    order: "asc",
  });
  expect(toMomentQuery(DEFAULT_MOMENT_FILTERS)).toEqual({});
});

test("the sort order is not a filter", () => {
  expect(isMomentFilterActive({ ...DEFAULT_MOMENT_FILTERS, sort: "title", q: " " })).toBe(false);
  expect(isMomentFilterActive({ ...DEFAULT_MOMENT_FILTERS, rating: "rated" })).toBe(true);
});
