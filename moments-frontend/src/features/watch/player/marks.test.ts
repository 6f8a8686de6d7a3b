import { expect, test } from "vitest";
import { bandOf, isPlayedAlone, type Marked, markAt } from "./marks";

const moment = (id: string, start_time: number, end_time: number): Marked => ({
  id,
  start_time,
  end_time,
  title: id,
  score: 5,
  is_kept: false,
});

test("a mark lies where its moment lies", () => {
  expect(bandOf(moment("a", 25, 50), 100)).toEqual({ left: 25, width: 25 });
  expect(bandOf(moment("a", 90, 120), 100)).toEqual({ left: 90, width: 10 });
  expect(bandOf(moment("a", 120, 130), 100)).toBeNull();
});

test("under a time is the shortest of the moments there", () => {
  const moments = [moment("long", 0, 100), moment("short", 40, 50)];
  expect(markAt(moments, 45)?.id).toBe("short");
  expect(markAt(moments, 60)?.id).toBe("long");
  expect(markAt(moments, 101)).toBeNull();
});

test("the moment that is played alone is known by its edges", () => {
  expect(isPlayedAlone(moment("a", 10, 20), 10.01, 20)).toBe(true);
  expect(isPlayedAlone(moment("a", 10, 20), 10, 21)).toBe(false);
  expect(isPlayedAlone(moment("a", 10, 20), null, null)).toBe(false);
});
