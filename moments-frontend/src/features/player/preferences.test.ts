import { expect, test } from "vitest";
import { DEFAULT_PREFERENCES, getPreferences, parsePreferences, updatePreferences } from "./preferences";

test("what was stored comes back", () => {
  const liked = { volume: 0.4, isMuted: true, speed: 1.5, captions: true, keysEverywhere: false };
  expect(parsePreferences(JSON.stringify(liked))).toEqual(liked);
});

test("what makes no sense is as at first", () => {
  expect(parsePreferences(null)).toEqual(DEFAULT_PREFERENCES);
  expect(parsePreferences("no json")).toEqual(DEFAULT_PREFERENCES);
  expect(parsePreferences("null")).toEqual(DEFAULT_PREFERENCES);
  expect(parsePreferences('{"volume": 7, "speed": "fast", "captions": true}')).toEqual({
    ...DEFAULT_PREFERENCES,
    captions: true,
  });
});

test("without storage a preference holds for the visit", () => {
  updatePreferences({ speed: 1.75 });
  expect(getPreferences().speed).toBe(1.75);
  expect(getPreferences().volume).toBe(DEFAULT_PREFERENCES.volume);
});
