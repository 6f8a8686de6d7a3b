import { expect, test } from "vitest";
import { choicesOf, filterOf, isNarrowed, NOTHING_CHOSEN, searchOf, toFilter } from "./filter";

const of = (query: string) => choicesOf(new URLSearchParams(query));

test("nothing chosen asks for everything, and stands in no address", () => {
  expect(of("")).toEqual(NOTHING_CHOSEN);
  expect(searchOf(NOTHING_CHOSEN)).toBe("");
  expect(toFilter(NOTHING_CHOSEN)).toEqual({});
  expect(isNarrowed(NOTHING_CHOSEN)).toBe(false);
});

test("what is chosen comes back out of its address", () => {
  const choices = {
    q: "tides & moons",
    sort: "longest",
    length: "medium",
    quality: "hd",
    transcript: "with",
    source: "link",
  } as const;
  expect(of(searchOf(choices))).toEqual(choices);
  expect(toFilter(choices)).toEqual({
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
  expect(of("sort=price&length=&quality=16k&nonsense=1")).toEqual(NOTHING_CHOSEN);
  expect(filterOf(new URLSearchParams("q=%20%20"))).toEqual({});
});

test("an order alone narrows nothing", () => {
  expect(isNarrowed({ ...NOTHING_CHOSEN, sort: "title" })).toBe(false);
  expect(isNarrowed({ ...NOTHING_CHOSEN, q: " x " })).toBe(true);
  expect(isNarrowed({ ...NOTHING_CHOSEN, transcript: "without" })).toBe(true);
});
