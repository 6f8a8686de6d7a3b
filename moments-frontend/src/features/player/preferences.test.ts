import { expect, test } from "vitest";
import { DEFAULT_PREFERENCES, getPreferences, parsePreferences, updatePreferences } from "./preferences";

test("stored preferences are restored", () => {
  const captionStyle = { size: "large", background: "outline" };
  const liked = { volume: 0.4, isMuted: true, speed: 3, captions: true, captionStyle, keysEverywhere: false };
  expect(parsePreferences(JSON.stringify(liked))).toEqual(liked);
});

test("invalid values become defaults", () => {
  expect(parsePreferences(null)).toEqual(DEFAULT_PREFERENCES);
  expect(parsePreferences("no json")).toEqual(DEFAULT_PREFERENCES);
  expect(parsePreferences("null")).toEqual(DEFAULT_PREFERENCES);
  expect(parsePreferences('{"volume": 7, "speed": "fast", "captions": true}')).toEqual({
    ...DEFAULT_PREFERENCES,
    captions: true,
  });
});

test("preferences last for the visit without storage", () => {
  updatePreferences({ speed: 1.75 });
  expect(getPreferences().speed).toBe(1.75);
  expect(getPreferences().volume).toBe(DEFAULT_PREFERENCES.volume);
});
