import { expect, test } from "vitest";
import { parseRunFilters, purposesOf, runsUrl } from "./filter";

test("the URL keeps status and kind, and leaves out defaults", () => {
  for (const url of ["/runs", "/runs?show=failed", "/runs?kind=playback", "/runs?show=active&kind=all"]) {
    expect(runsUrl(parseRunFilters(url.replace("/runs", "")))).toBe(url);
  }
});

test("unknown values become the default", () => {
  expect(parseRunFilters("?show=other&kind=other")).toEqual({ show: "all", kind: "requested" });
});

test("playback copies are left out by default", () => {
  expect(purposesOf("requested")).toEqual(["moments", "transcription"]);
  expect(purposesOf("playback")).toEqual(["playback"]);
  expect(purposesOf("all")).toEqual([]);
});
