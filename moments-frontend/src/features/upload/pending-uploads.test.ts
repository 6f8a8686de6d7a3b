// @vitest-environment jsdom

import { beforeEach, expect, test } from "vitest";
import { addPending, pendingUploads, removePending } from "./pending-uploads";

beforeEach(() => localStorage.clear());

test("an id is stored once, until it is removed", () => {
  for (const id of ["a", "b", "a"]) addPending(id);
  expect(pendingUploads()).toEqual(["a", "b"]);
  removePending("a");
  removePending("unknown");
  expect(pendingUploads()).toEqual(["b"]);
});

test.each(["", "{", "null", "{}", '[null, 1, {"id": 1}]'])("invalid content is ignored: %s", (stored) => {
  localStorage.setItem("videomoments:unfinished-uploads", stored);
  expect(pendingUploads()).toEqual([]);
  addPending("a");
  expect(pendingUploads()).toEqual(["a"]);
});
