/** Display names of codecs, and which files browsers can play. */

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

/** Return the display name of an ffprobe codec name. */
export function codecLabel(codec: string | null | undefined): string | null {
  if (!codec) return null;
  return CODEC_LABELS[codec] ?? (codec.startsWith("pcm_") ? "PCM" : codec.toUpperCase());
}

const CONTAINERS = new Set(["mp4", "m4v", "mov", "webm"]);
const CODECS = new Set(["h264", "av1", "vp8", "vp9"]);
/** MIME types of codecs that only some browsers play. */
const OPTIONAL_TYPES: Readonly<Record<string, string>> = { hevc: 'video/mp4; codecs="hvc1.1.6.L93.B0"' };

/** Report whether a browser is expected to play the file; false means unknown. */
export function isLikelyPlayable(
  file: { filename: string; video_codec: string | null },
  canPlay: (type: string) => string,
): boolean {
  const extension = file.filename.split(".").at(-1)?.toLowerCase() ?? "";
  if (!CONTAINERS.has(extension)) return false;
  const codec = file.video_codec;
  if (codec === null || CODECS.has(codec)) return true;
  const type = OPTIONAL_TYPES[codec];
  return type !== undefined && canPlay(type) !== "";
}
