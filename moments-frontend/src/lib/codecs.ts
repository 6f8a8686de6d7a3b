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
  h263: "H.263",
  flv1: "Sorenson Spark",
  prores: "ProRes",
  dnxhd: "DNxHD",
  mjpeg: "Motion JPEG",
  wmv1: "WMV 7",
  wmv2: "WMV 8",
  wmv3: "WMV",
  wmav1: "WMA",
  wmav2: "WMA",
  vc1: "VC-1",
  theora: "Theora",
  aac: "AAC",
  mp2: "MP2",
  mp3: "MP3",
  opus: "Opus",
  vorbis: "Vorbis",
  ac3: "AC-3",
  eac3: "E-AC-3",
  dts: "DTS",
  flac: "FLAC",
  alac: "ALAC",
  amr_nb: "AMR",
};

/** Return the display name of an ffprobe codec name. */
export function codecLabel(codec: string | null | undefined): string | null {
  if (!codec) return null;
  return CODEC_LABELS[codec] ?? (codec.startsWith("pcm_") ? "PCM" : codec.toUpperCase());
}

export interface MediaFile {
  filename: string;
  video_codec: string | null;
  audio_codec: string | null;
  resolution: string | null;
  frame_rate: number | null;
  duration_seconds: number | null;
  size_bytes: number | null;
  audio_streams: readonly unknown[];
}

/** Return the upper-case extension of a file name, such as `AVI`. */
export function extensionLabel(filename: string): string {
  return extensionOf(filename).toUpperCase();
}

function extensionOf(filename: string): string {
  return filename.split(".").at(-1)?.toLowerCase() ?? "";
}

const CONTAINERS = new Set(["mp4", "m4v", "mov", "webm"]);
const EVERYWHERE = new Set(["h264", "av1", "vp8", "vp9", "aac", "mp3", "opus", "vorbis", "flac"]);

/** Report whether a browser is expected to play an original that needs no copy; false means unknown. */
export function isLikelyPlayable({ filename, video_codec }: Pick<MediaFile, "filename" | "video_codec">) {
  return CONTAINERS.has(extensionOf(filename)) && (video_codec === null || EVERYWHERE.has(video_codec));
}

/** MIME types to ask a browser for, by file extension; one of them has to be supported. */
const MIME_TYPES: Readonly<Record<string, readonly string[]>> = {
  mp4: ["video/mp4"],
  m4v: ["video/mp4"],
  mov: ["video/quicktime", "video/mp4"],
  webm: ["video/webm"],
  mkv: ["video/matroska", "video/x-matroska"],
};

/** Codec strings (RFC 6381). The profile is unknown, so every common one has to be supported. */
const CODEC_STRINGS: Readonly<Record<string, readonly string[]>> = {
  h264: ["avc1.640033"],
  hevc: ["hvc1.1.6.L153.B0", "hvc1.2.4.L153.B0"],
  av1: ["av01.0.12M.08"],
  vp8: ["vp8"],
  vp9: ["vp09.00.51.08"],
  aac: ["mp4a.40.2"],
  mp3: ["mp3"],
  opus: ["opus"],
  vorbis: ["vorbis"],
  flac: ["flac"],
  ac3: ["ac-3"],
  eac3: ["ec-3"],
  alac: ["alac"],
};

/** The parts of a browser that state what it decodes. */
export interface Decoders {
  canPlayType: (type: string) => string;
  decodingInfo?: ((configuration: MediaDecodingConfiguration) => Promise<{ supported: boolean }>) | undefined;
}

/** Report whether this browser plays an original that others do not, such as HEVC in Safari.
 *
 * Files whose codecs all browsers decode need a copy for another reason, such as their container or ten-bit
 * pictures, which no codec name states. Browsers offer no choice of audio track, so files with several play as a
 * copy with the right one. */
export async function canPlayOriginal(file: MediaFile, decoders: Decoders): Promise<boolean> {
  const codecs = [file.video_codec, file.audio_codec].filter((codec) => codec !== null);
  if (file.video_codec === null || file.audio_streams.length > 1) return false;
  if (codecs.every((codec) => EVERYWHERE.has(codec))) return false;
  const types = MIME_TYPES[extensionOf(file.filename)] ?? [];
  for (const type of types) if (await isDecoded(type, file, decoders)) return true;
  return false;
}

async function isDecoded(type: string, file: MediaFile, decoders: Decoders): Promise<boolean> {
  const video = CODEC_STRINGS[file.video_codec ?? ""] ?? [];
  const audio = file.audio_codec === null ? [""] : (CODEC_STRINGS[file.audio_codec] ?? []);
  if (video.length === 0 || audio.length === 0) return false;
  for (const videoCodec of video) {
    for (const audioCodec of audio) {
      const codecs = [videoCodec, audioCodec].filter(Boolean).join(", ");
      if (decoders.canPlayType(`${type}; codecs="${codecs}"`) !== "probably") return false;
    }
    const supported = await decoders
      .decodingInfo?.(configurationOf(`${type}; codecs="${videoCodec}"`, file))
      .then(
        (info) => info.supported,
        () => false, // the type is invalid for this browser
      );
    if (supported === false) return false;
  }
  return true;
}

const ASSUMED = { width: 1920, height: 1080, framerate: 30, bitrate: 10_000_000 } as const;

function configurationOf(contentType: string, file: MediaFile): MediaDecodingConfiguration {
  const [width, height] = file.resolution?.split("x").map(Number) ?? [];
  const { size_bytes: bytes, duration_seconds: seconds } = file;
  return {
    type: "file",
    video: {
      contentType,
      width: width || ASSUMED.width,
      height: height || ASSUMED.height,
      framerate: file.frame_rate || ASSUMED.framerate,
      bitrate: bytes && seconds ? Math.round((8 * bytes) / seconds) : ASSUMED.bitrate,
    },
  };
}
