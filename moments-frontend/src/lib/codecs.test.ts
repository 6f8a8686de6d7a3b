import { expect, test } from "vitest";
import { canPlayOriginal, codecLabel, type Decoders, isLikelyPlayable, type MediaFile } from "./codecs";

test("codecs have display names", () => {
  expect(codecLabel("h264")).toBe("H.264");
  expect(codecLabel("pcm_s16le")).toBe("PCM");
  expect(codecLabel("cinepak")).toBe("CINEPAK");
  expect(codecLabel(null)).toBeNull();
});

test("originals in common formats are expected to play", () => {
  const isPlayable = (filename: string, video_codec: string | null) =>
    isLikelyPlayable({ filename, video_codec });
  expect(isPlayable("a.mp4", "h264")).toBe(true);
  expect(isPlayable("a.WEBM", "vp9")).toBe(true);
  expect(isPlayable("a.mov", null)).toBe(true);
  expect(isPlayable("a.avi", "h264")).toBe(false);
  expect(isPlayable("a.mp4", "hevc")).toBe(false);
});

function file(filename: string, video: string | null, audio: string | null, tracks = 1): MediaFile {
  const unknown = { resolution: null, frame_rate: null, duration_seconds: null, size_bytes: null };
  return {
    filename,
    video_codec: video,
    audio_codec: audio,
    audio_streams: Array(tracks).fill({}),
    ...unknown,
  };
}

const everything: Decoders = { canPlayType: () => "probably" };

test("an original is played if the browser has the codecs that others lack", async () => {
  expect(await canPlayOriginal(file("a.mp4", "hevc", "aac"), everything)).toBe(true);
  expect(await canPlayOriginal(file("a.MOV", "hevc", null), everything)).toBe(true);
  expect(await canPlayOriginal(file("a.mp4", "h264", "ac3"), everything)).toBe(true);
  expect(await canPlayOriginal(file("a.mp4", "hevc", "aac"), { canPlayType: () => "maybe" })).toBe(false);
  const onlyMain: Decoders = { canPlayType: (type) => (type.includes("hvc1.2") ? "" : "probably") };
  expect(await canPlayOriginal(file("a.mp4", "hevc", "aac"), onlyMain)).toBe(false);
});

test("a copy is played if a codec name does not explain why it was made", async () => {
  expect(await canPlayOriginal(file("a.mp4", "h264", "aac"), everything)).toBe(false);
  expect(await canPlayOriginal(file("a.avi", "hevc", "aac"), everything)).toBe(false);
  expect(await canPlayOriginal(file("a.mp4", "mpeg4", "aac"), everything)).toBe(false);
  expect(await canPlayOriginal(file("a.mp4", null, "ac3"), everything)).toBe(false);
  expect(await canPlayOriginal(file("a.mp4", "hevc", "aac", 2), everything)).toBe(false);
});

test("the decoders are asked about the video's size and rate", async () => {
  const asked: MediaDecodingConfiguration[] = [];
  const decoders: Decoders = {
    ...everything,
    decodingInfo: async (configuration) => {
      asked.push(configuration);
      return { supported: asked.length < 2 };
    },
  };
  const large = {
    ...file("a.mp4", "hevc", "aac"),
    resolution: "3840x2160",
    frame_rate: 60,
    size_bytes: 1e6,
    duration_seconds: 4,
  };
  expect(await canPlayOriginal(large, decoders)).toBe(false);
  expect(asked[0]?.video).toMatchObject({ width: 3840, height: 2160, framerate: 60, bitrate: 2_000_000 });
  const failing: Decoders = { ...everything, decodingInfo: () => Promise.reject(new TypeError("invalid")) };
  expect(await canPlayOriginal(large, failing)).toBe(false);
});
