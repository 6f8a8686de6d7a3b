import { expect, test } from "vitest";
import { adjacentMoment, type Marker, markerAt, markerRange } from "./markers";

const moment = (id: string, start_time: number, end_time: number): Marker => ({
  id,
  start_time,
  end_time,
  title: id,
  score: 5,
  is_kept: false,
});

test("a marker covers its moment", () => {
  expect(markerRange(moment("a", 25, 50), 100)).toEqual({ left: 25, width: 25 });
  expect(markerRange(moment("a", 90, 120), 100)).toEqual({ left: 90, width: 10 });
  expect(markerRange(moment("a", 120, 130), 100)).toBeNull();
});

test("the shortest moment at a time is selected", () => {
  const moments = [moment("long", 0, 100), moment("short", 40, 50)];
  expect(markerAt(moments, 45)?.id).toBe("short");
  expect(markerAt(moments, 60)?.id).toBe("long");
  expect(markerAt(moments, 101)).toBeNull();
});

const TALK = [moment("a", 0, 10), moment("b", 20, 30), moment("c", 40, 50)];

test("the next moment starts next", () => {
  expect(adjacentMoment(TALK, 5, 1)?.id).toBe("b");
  expect(adjacentMoment(TALK, 19.9, 1)?.id).toBe("c"); // already at b
  expect(adjacentMoment(TALK, 45, 1)).toBeNull();
});

test("previous goes to the start, or to the moment before", () => {
  expect(adjacentMoment(TALK, 25, -1)?.id).toBe("b");
  expect(adjacentMoment(TALK, 21, -1)?.id).toBe("a");
  expect(adjacentMoment(TALK, 1, -1)).toBeNull();
});

test("moments may be unsorted", () => {
  expect(adjacentMoment(TALK.toReversed(), 5, 1)?.id).toBe("b");
});
