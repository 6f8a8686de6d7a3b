import { expect, it } from "vitest";
import { filenameOf } from "./exports";

it.each([
  [`attachment; filename="tides.edl"`, "tides.edl"],
  [`attachment; filename="caf.txt"; filename*=UTF-8''caf%C3%A9.txt`, "café.txt"],
  ["inline", "download"],
  [null, "download"],
])("reads the name of %s", (header, name) => {
  expect(filenameOf(header)).toBe(name);
});
