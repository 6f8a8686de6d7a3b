import { expect, test } from "vitest";
import { codecLabel, isLikelyPlayable } from "./codecs";

test("codecs have display names", () => {
  expect(codecLabel("h264")).toBe("H.264");
  expect(codecLabel("pcm_s16le")).toBe("PCM");
  expect(codecLabel("cinepak")).toBe("CINEPAK");
  expect(codecLabel(null)).toBeNull();
});

test("common formats are playable; others depend on the browser", () => {
  const never = () => "";
  const file = (filename: string, video_codec: string | null) => ({ filename, video_codec });
  expect(isLikelyPlayable(file("a.mp4", "h264"), never)).toBe(true);
  expect(isLikelyPlayable(file("a.WEBM", "vp9"), never)).toBe(true);
  expect(isLikelyPlayable(file("a.mov", null), never)).toBe(true);
  expect(isLikelyPlayable(file("a.avi", "h264"), never)).toBe(false);
  expect(isLikelyPlayable(file("a.mp4", "hevc"), never)).toBe(false);
  expect(isLikelyPlayable(file("a.mp4", "hevc"), () => "probably")).toBe(true);
  expect(isLikelyPlayable(file("a.mp4", "mpeg4"), () => "maybe")).toBe(false);
});
