/** Names of codecs as people know them, and which files browsers are known to play. */

const CODEC_LABELS: Readonly<Record<string, string>> = {
  h264: "H.264",
  hevc: "H.265 (HEVC)",
  av1: "AV1",
  vp8: "VP8",
  vp9: "VP9",
  mpeg4: "MPEG-4 Part 2",
  mpeg2video: "MPEG-2",
  mpeg1video: "MPEG-1",
  prores: "ProRes",
  dnxhd: "DNxHD",
  mjpeg: "Motion JPEG",
  wmv3: "WMV",
  vc1: "VC-1",
  theora: "Theora",
  aac: "AAC",
  mp3: "MP3",
  opus: "Opus",
  vorbis: "Vorbis",
  ac3: "AC-3",
  eac3: "E-AC-3",
  flac: "FLAC",
  alac: "ALAC",
};

/** ffprobe's name of a codec, as it is written elsewhere. */
export function codecLabel(codec: string | null | undefined): string | null {
  if (!codec) return null;
  return CODEC_LABELS[codec] ?? (codec.startsWith("pcm_") ? "PCM" : codec.toUpperCase());
}

const CONTAINERS = new Set(["mp4", "m4v", "mov", "webm"]);
const CODECS = new Set(["h264", "av1", "vp8", "vp9"]);
/** What a browser may or may not play, in its own terms. */
const ASKED: Readonly<Record<string, string>> = { hevc: 'video/mp4; codecs="hvc1.1.6.L93.B0"' };

/** Whether a browser is expected to play such a file. Not known to be is no proof that it is not. */
export function isLikelyPlayable(
  file: { filename: string; video_codec: string | null },
  canPlay: (type: string) => string,
): boolean {
  const ending = file.filename.split(".").at(-1)?.toLowerCase() ?? "";
  if (!CONTAINERS.has(ending)) return false;
  const codec = file.video_codec;
  if (codec === null || CODECS.has(codec)) return true;
  const type = ASKED[codec];
  return type !== undefined && canPlay(type) !== "";
}
