import { expect, test } from "vitest";
import {
  DEFAULT_FILTERS,
  hasActiveFilters,
  parseFilters,
  parseQuery,
  toQuery,
  toSearchParams,
} from "./filter";

const parse = (query: string) => parseFilters(new URLSearchParams(query));

test("the default filters are empty in the URL and the API", () => {
  expect(parse("")).toEqual(DEFAULT_FILTERS);
  expect(toSearchParams(DEFAULT_FILTERS)).toBe("");
  expect(toQuery(DEFAULT_FILTERS)).toEqual({});
  expect(hasActiveFilters(DEFAULT_FILTERS)).toBe(false);
});

test("filters survive a round trip through the URL", () => {
  const filters = {
    q: "tides & moons",
    sort: "longest",
    length: "medium",
    quality: "hd",
    transcript: "with",
    source: "link",
    channel: "Tide & Moon",
    folder: "2023/Summer",
    from: "2023-06-01",
    to: "2023-08-31",
  } as const;
  expect(parse(toSearchParams(filters))).toEqual(filters);
  expect(toQuery(filters)).toEqual({
    q: "tides & moons",
    sort: "duration_seconds",
    order: "desc",
    min_duration: 300,
    max_duration: 1200,
    quality: "hd",
    has_transcript: true,
    source: "link",
    channel: "Tide & Moon",
    folder: "2023/Summer",
    recorded_from: "2023-06-01",
    recorded_to: "2023-08-31",
  });
});

test("videos can be sorted by the date of recording", () => {
  expect(toQuery(parse("sort=recorded"))).toEqual({ sort: "recorded_at", order: "desc" });
  expect(toQuery(parse("sort=recorded-first"))).toEqual({ sort: "recorded_at", order: "asc" });
});

test("unknown values are ignored", () => {
  expect(parse("sort=price&length=&quality=16k&nonsense=1&from=yesterday&to=2023-13-01")).toEqual(
    DEFAULT_FILTERS,
  );
  expect(parseQuery(new URLSearchParams("q=%20%20"))).toEqual({});
});

test("the sort order is not an active filter", () => {
  expect(hasActiveFilters({ ...DEFAULT_FILTERS, sort: "title" })).toBe(false);
  expect(hasActiveFilters({ ...DEFAULT_FILTERS, q: " x " })).toBe(true);
  expect(hasActiveFilters({ ...DEFAULT_FILTERS, transcript: "without" })).toBe(true);
  expect(hasActiveFilters({ ...DEFAULT_FILTERS, folder: "2023" })).toBe(true);
});
