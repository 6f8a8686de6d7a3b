import { expect, test } from "vitest";
import { parseStoryboard, tileAt } from "./storyboard";

const TRACK = `WEBVTT

00:00:00.000 --> 00:00:05.000
storyboard.jpg#xywh=0,0,160,90

2
00:05.000 --> 01:00:10.500 align:start
storyboard.jpg#xywh=160,0,160,90
`;

test("a track lists the tiles of its sheet", () => {
  expect(parseStoryboard(TRACK)).toEqual({
    image: "storyboard.jpg",
    tiles: [
      { start: 0, end: 5, x: 0, y: 0, width: 160, height: 90 },
      { start: 5, end: 3610.5, x: 160, y: 0, width: 160, height: 90 },
    ],
  });
  expect(parseStoryboard(TRACK.replaceAll("\n", "\r\n"))?.tiles).toHaveLength(2);
});

test("text without tiles is rejected", () => {
  expect(parseStoryboard("")).toBeNull();
  expect(parseStoryboard("WEBVTT\n\n00:00.000 --> 00:01.000\nHello")).toBeNull();
  expect(parseStoryboard("WEBVTT\n\n00:00.000 --> 00:01.000\na.jpg#xywh=0,0,0,0")).toBeNull();
});

test("times outside the track show its first or last tile", () => {
  const tiles = parseStoryboard(TRACK)?.tiles ?? [];
  expect(tileAt(tiles, -1)).toBe(tiles[0]);
  expect(tileAt(tiles, 4.999)).toBe(tiles[0]);
  expect(tileAt(tiles, 5)).toBe(tiles[1]);
  expect(tileAt(tiles, 9999)).toBe(tiles[1]);
  expect(tileAt([], 3)).toBeUndefined();
});
