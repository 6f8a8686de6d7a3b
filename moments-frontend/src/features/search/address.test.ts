import { expect, test } from "vitest";
import { parseMode, queryOf, resultsUrl } from "./address";

const at = (url: string) => {
  const { pathname, search } = new URL(url, "http://any");
  return { pathname, search };
};

test("mode and filters stay on the search page only", () => {
  expect(resultsUrl("full moon", at("/search?mode=words&q=tide&channel=A+%26+B"))).toBe(
    "/search?q=full+moon&mode=words&channel=A+%26+B",
  );
  expect(resultsUrl("moon", at("/?channel=Tide"))).toBe("/search?q=moon");
  expect(resultsUrl("moon", at("/watch/talk?t=5"))).toBe("/search?q=moon");
});

test("an empty query leaves the URL", () => {
  expect(resultsUrl("", at("/search?q=tide"))).toBe("/search");
  expect(resultsUrl("", at("/search?q=tide&mode=meaning"))).toBe("/search?mode=meaning");
});

test("the query of results and opened hits is read", () => {
  expect(queryOf("/search", "?q=+moon+")).toBe("moon");
  expect(queryOf("/watch/talk", "?t=5&q=moon")).toBe("moon");
  expect(queryOf("/", "?q=moon")).toBe("");
  expect(queryOf("/search", "")).toBe("");
});

test("unknown modes become the default", () => {
  expect(parseMode(new URLSearchParams("mode=words"))).toBe("words");
  expect(parseMode(new URLSearchParams("mode=magic"))).toBe("auto");
  expect(parseMode(new URLSearchParams())).toBe("auto");
});
