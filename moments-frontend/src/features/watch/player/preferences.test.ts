import { expect, test } from "vitest";
import { DEFAULTS, parsePreferences, prefer, preferences } from "./preferences";

test("what was stored comes back", () => {
  const liked = { volume: 0.4, isMuted: true, speed: 1.5, captions: true, keysEverywhere: false };
  expect(parsePreferences(JSON.stringify(liked))).toEqual(liked);
});

test("what makes no sense is as at first", () => {
  expect(parsePreferences(null)).toEqual(DEFAULTS);
  expect(parsePreferences("no json")).toEqual(DEFAULTS);
  expect(parsePreferences("null")).toEqual(DEFAULTS);
  expect(parsePreferences('{"volume": 7, "speed": "fast", "captions": true}')).toEqual({
    ...DEFAULTS,
    captions: true,
  });
});

test("without storage a preference holds for the visit", () => {
  prefer({ speed: 1.75 });
  expect(preferences().speed).toBe(1.75);
  expect(preferences().volume).toBe(DEFAULTS.volume);
});
