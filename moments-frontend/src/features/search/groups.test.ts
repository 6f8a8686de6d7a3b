import { expect, test } from "vitest";
import { byTime, groupHits, unfold } from "./groups";
import { makeHit } from "./hit.fixture";

const other = { ...makeHit().video, id: "other" };

test("hits are grouped by kind and video", () => {
  const { videos, names, sentences } = groupHits([
    makeHit({ kind: "title", segment_index: null }),
    makeHit({ video: other }),
    makeHit({ segment_index: 1 }),
    makeHit({ kind: "description", segment_index: null }),
    makeHit({ kind: "chapter", segment_index: null }),
    makeHit({ video: other, segment_index: 7 }),
  ]);
  expect(videos.map(({ hits }) => hits.map(({ kind }) => kind))).toEqual([["title", "description"]]);
  expect(names.map(({ video }) => video.id)).toEqual(["talk"]);
  expect(sentences.map(({ video, hits }) => [video.id, hits.length])).toEqual([
    ["other", 2],
    ["talk", 1],
  ]);
});

test("repeated hits are shown once", () => {
  expect(groupHits([makeHit(), makeHit()]).sentences[0]?.hits).toHaveLength(1);
});

test("folded hits are counted in one section", () => {
  const { videos, sentences } = groupHits([
    makeHit({ kind: "title", segment_index: null, more_in_video: 3 }),
    makeHit({ more_in_video: 3 }),
    makeHit({ video: other, kind: "title", segment_index: null, more_in_video: 2 }),
  ]);
  expect(sentences.map(({ more }) => more)).toEqual([3]);
  expect(videos.map(({ more }) => more)).toEqual([0, 2]);
});

test("hits of a video are ordered by time", () => {
  const hits = byTime([makeHit({ start_time: 9 }), makeHit({ start_time: 2 })]);
  expect(hits.map(({ start_time }) => start_time)).toEqual([2, 9]);
});

test("a section unfolds its own hits", () => {
  const title = makeHit({ kind: "title", segment_index: null });
  const [sentences] = groupHits([makeHit()]).sentences;
  const [videos] = groupHits([title]).videos;
  expect(sentences && unfold(sentences, [title, makeHit()])).toEqual([makeHit()]);
  expect(videos && unfold(videos, [title, makeHit()])).toEqual([title, makeHit()]);
});
