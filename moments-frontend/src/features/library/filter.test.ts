import { expect, test } from "vitest";
import {
  DEFAULT_FILTERS,
  fromQuery,
  hasActiveFilters,
  parseFilters,
  parseQuery,
  toQuery,
  toSearchParams,
  type VideoFilters,
} from "./filter";

const parse = (query: string) => parseFilters(new URLSearchParams(query));

test("the default filters are empty in the URL and the API", () => {
  expect(parse("")).toEqual(DEFAULT_FILTERS);
  expect(toSearchParams(DEFAULT_FILTERS)).toBe("");
  expect(toQuery(DEFAULT_FILTERS)).toEqual({});
  expect(hasActiveFilters(DEFAULT_FILTERS)).toBe(false);
});

const ALL: VideoFilters = {
  q: "tides & moons",
  sort: "largest",
  length: "medium",
  quality: "hd",
  transcript: "with",
  speech: "without",
  source: "link",
  watched: "in_progress",
  location: "both",
  state: "failed",
  channel: "Tide & Moon",
  folder: "2023/Summer",
  language: "de",
  from: "2023-06-01",
  to: "2023-08-31",
  addedFrom: "2024-01-01",
  addedTo: "2024-12-31",
  tags: ["sea", "a, b"],
  favorite: true,
};

test("filters survive a round trip through the URL and the API", () => {
  expect(parse(toSearchParams(ALL))).toEqual(ALL);
  expect(fromQuery(toQuery(ALL))).toEqual(ALL);
  expect(fromQuery({})).toEqual(DEFAULT_FILTERS);
  expect(toQuery(ALL)).toEqual({
    q: "tides & moons",
    sort: "size_bytes",
    order: "desc",
    min_duration: 300,
    max_duration: 1200,
    quality: "hd",
    has_transcript: true,
    has_speech: false,
    source: "link",
    watched: "in_progress",
    location: "both",
    state: "failed",
    channel: "Tide & Moon",
    folder: "2023/Summer",
    language: "de",
    recorded_from: "2023-06-01",
    recorded_to: "2023-08-31",
    added_from: "2024-01-01",
    added_to: "2024-12-31",
    tag: ["sea", "a, b"],
    favorite: true,
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
