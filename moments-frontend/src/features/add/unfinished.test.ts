// @vitest-environment jsdom

import { beforeEach, expect, test } from "vitest";
import { forget, remember, unfinished } from "./unfinished";

beforeEach(() => localStorage.clear());

test("each is kept once, until it is forgotten", () => {
  for (const id of ["a", "b", "a"]) remember(id);
  expect(unfinished()).toEqual(["a", "b"]);
  forget("a");
  forget("nobody");
  expect(unfinished()).toEqual(["b"]);
});

test.each(["", "{", "null", "{}", '[null, 1, {"id": 1}]'])("what is no list of ids is none: %s", (kept) => {
  localStorage.setItem("videomoments:unfinished-uploads", kept);
  expect(unfinished()).toEqual([]);
  remember("a");
  expect(unfinished()).toEqual(["a"]);
});
