import { expect, test } from "vitest";
import { hitPath, parseOpenedHit, watchPath } from "./routes";

const searchOf = (path: string) => path.slice(path.indexOf("?"));

test("an opened hit survives a round trip", () => {
  const hit = { query: '"full moon" -tide & 月', seconds: 12.34, isByMeaning: false };
  expect(parseOpenedHit(searchOf(hitPath("a/b", hit)))).toEqual(hit);
  expect(hitPath("a/b", hit)).toMatch(/^\/watch\/a%2Fb\?t=12\.34&q=/);
  const meant = { ...hit, isByMeaning: true };
  expect(parseOpenedHit(searchOf(hitPath("talk", meant)))).toEqual(meant);
});

test("a hit is not opened before its start", () => {
  expect(hitPath("talk", { query: "moon", seconds: 7.001, isByMeaning: false })).toBe(
    "/watch/talk?t=7.01&q=moon",
  );
});

test("a URL without a query opens no hit", () => {
  expect(parseOpenedHit(searchOf(watchPath("talk", 95)))).toBeNull();
  expect(parseOpenedHit("?t=95&q=%20")).toBeNull();
  expect(parseOpenedHit("?q=moon&t=1m30")).toEqual({ query: "moon", seconds: 90, isByMeaning: false });
});
