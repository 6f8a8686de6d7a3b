import { expect, test } from "vitest";
import type { VideoDetail } from "@/api/schema";
import { chooseSource } from "./playback-source";

function video(playback: Partial<VideoDetail["playback"]>): Pick<VideoDetail, "id" | "playback"> {
  const copy = { source: "copy", state: "ready", percent: 100, reason: null, url: "/copy" } as const;
  return { id: "a", playback: { ...copy, ...playback } };
}

test("an original that plays everywhere needs no question", () => {
  expect(chooseSource(video({ source: "original", url: "/original" }), null)).toEqual({
    kind: "playable",
    url: "/original",
    isOriginal: true,
  });
});

test("the original is preferred where this browser plays it", () => {
  expect(chooseSource(video({}), null)).toEqual({ kind: "undecided" });
  const original = { kind: "playable", url: "/api/videos/a/stream", isOriginal: true };
  expect(chooseSource(video({}), true)).toEqual(original);
  expect(chooseSource(video({ state: "processing" }), true)).toEqual(original);
});

test("a copy is waited for until it is ready", () => {
  expect(chooseSource(video({ state: "queued" }), false)).toEqual({ kind: "waiting" });
  expect(chooseSource(video({ state: "failed" }), false)).toEqual({ kind: "waiting" });
  expect(chooseSource(video({}), false)).toEqual({ kind: "playable", url: "/copy", isOriginal: false });
});
