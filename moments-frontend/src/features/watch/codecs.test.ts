import { expect, test } from "vitest";
import { codecName, isKnownKind } from "./codecs";

test("codecs have the names people know", () => {
  expect(codecName("h264")).toBe("H.264");
  expect(codecName("pcm_s16le")).toBe("PCM");
  expect(codecName("cinepak")).toBe("CINEPAK");
  expect(codecName(null)).toBeNull();
});

test("what every browser plays is known, and what the browser says of the rest counts", () => {
  const never = () => "";
  const file = (filename: string, video_codec: string | null) => ({ filename, video_codec });
  expect(isKnownKind(file("a.mp4", "h264"), never)).toBe(true);
  expect(isKnownKind(file("a.WEBM", "vp9"), never)).toBe(true);
  expect(isKnownKind(file("a.mov", null), never)).toBe(true);
  expect(isKnownKind(file("a.avi", "h264"), never)).toBe(false);
  expect(isKnownKind(file("a.mp4", "hevc"), never)).toBe(false);
  expect(isKnownKind(file("a.mp4", "hevc"), () => "probably")).toBe(true);
  expect(isKnownKind(file("a.mp4", "mpeg4"), () => "maybe")).toBe(false);
});
