import { expect, test } from "vitest";
import {
  DEFAULT_FILTERS,
  hasActiveFilters,
  parseFilters,
  parseQuery,
  toQuery,
  toSearchParams,
} from "./filter";

const of = (query: string) => parseFilters(new URLSearchParams(query));

test("nothing chosen asks for everything, and stands in no address", () => {
  expect(of("")).toEqual(DEFAULT_FILTERS);
  expect(toSearchParams(DEFAULT_FILTERS)).toBe("");
  expect(toQuery(DEFAULT_FILTERS)).toEqual({});
  expect(hasActiveFilters(DEFAULT_FILTERS)).toBe(false);
});

test("what is chosen comes back out of its address", () => {
  const filters = {
    q: "tides & moons",
    sort: "longest",
    length: "medium",
    quality: "hd",
    transcript: "with",
    source: "link",
  } as const;
  expect(of(toSearchParams(filters))).toEqual(filters);
  expect(toQuery(filters)).toEqual({
    q: "tides & moons",
    sort: "duration_seconds",
    order: "desc",
    min_duration: 300,
    max_duration: 1200,
    quality: "hd",
    has_transcript: true,
    source: "link",
  });
});

test("words that nobody knows are none", () => {
  expect(of("sort=price&length=&quality=16k&nonsense=1")).toEqual(DEFAULT_FILTERS);
  expect(parseQuery(new URLSearchParams("q=%20%20"))).toEqual({});
});

test("an order alone narrows nothing", () => {
  expect(hasActiveFilters({ ...DEFAULT_FILTERS, sort: "title" })).toBe(false);
  expect(hasActiveFilters({ ...DEFAULT_FILTERS, q: " x " })).toBe(true);
  expect(hasActiveFilters({ ...DEFAULT_FILTERS, transcript: "without" })).toBe(true);
});
