"""Decides whether browsers play a file as it is, or which kind of copy they need.

A file is played as it is only if Chromium, Firefox and Safari all play it.
https://developer.mozilla.org/docs/Web/Media/Guides/Formats
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.core.config import Settings
from app.core.files.content_types import extension_of
from app.media.stream_selection import audio_candidates, select_audio, select_video
from app.models.media_info import AudioStream, MediaInfo, VideoStream

PlaybackMethod = Literal["original", "remux", "encode"]
"""`remux` copies the pictures as they are and the audio if browsers play it; `encode` encodes both."""

MP4_EXTENSIONS = frozenset({".mp4", ".m4v", ".mov"})
"""Firefox selects its demuxer by the content type, and accepts those of these files."""

MP4_VIDEO, WEBM_VIDEO = frozenset({"h264", "vp9", "av1"}), frozenset({"vp8", "vp9", "av1"})
MP4_AUDIO, WEBM_AUDIO = frozenset({"aac", "mp3", "opus", "flac"}), frozenset({"opus", "vorbis"})

HDR_TRANSFERS = frozenset({"arib-std-b67", "smpte2084"})
MAX_H264_PIXELS = 4096 * 2304
"""Largest picture of H.264 level 5.2, the highest that decoders of browsers support."""

START_TOLERANCE_SECONDS = 0.1
"""Largest start of an original that is played: Chromium counts from the file's own zero, others do not."""

_PIXEL_FORMATS = frozenset({"yuv420p", "yuvj420p"})
_PROFILES = {
    "h264": frozenset({"baseline", "constrained baseline", "main", "high"})
    | {"progressive high", "constrained high"},
    "vp9": frozenset({"profile 0"}),
    "av1": frozenset({"main"}),
}
"""Profiles that browsers decode; a file without a declared profile is decided by its pixel format."""

_AAC_PROFILES = frozenset({"lc", "he-aac", "he-aacv2"})
_VIDEO_NAMES = {
    "hevc": "HEVC",
    "mpeg1video": "MPEG-1",
    "mpeg2video": "MPEG-2",
    "mpeg4": "MPEG-4 Part 2",
    "msmpeg4v3": "DivX",
    "wmv2": "WMV",
    "wmv3": "WMV",
    "vc1": "VC-1",
    "vp8": "VP8",
    "vp9": "VP9",
    "av1": "AV1",
    "h264": "H.264",
    "prores": "ProRes",
    "mjpeg": "Motion JPEG",
    "dvvideo": "DV",
    "flv1": "Sorenson H.263",
    "h263": "H.263",
    "theora": "Theora",
}
_AUDIO_NAMES = {
    "aac": "AAC",
    "ac3": "AC-3",
    "eac3": "E-AC-3",
    "dts": "DTS",
    "truehd": "TrueHD",
    "mp2": "MP2",
    "mp3": "MP3",
    "opus": "Opus",
    "vorbis": "Vorbis",
    "flac": "FLAC",
    "alac": "Apple Lossless",
    "wmav2": "WMA",
    "amr_nb": "AMR",
}


@dataclass(frozen=True, slots=True)
class PlaybackPlan:
    """Method of playing a video; `reason` is a sentence for the user that explains why a copy is needed."""

    method: PlaybackMethod
    reason: str | None = None


def plan_playback(info: MediaInfo, filename: str, *, audio: AudioStream | None = None) -> PlaybackPlan:
    """Return how browsers can play a file.

    Args:
        filename: name of the original; its extension decides the content type.
        audio: the selected audio track. Without it, a file with several tracks needs a copy, because its
            first one may be silent.
    """
    if not info.video:
        return PlaybackPlan("original")
    video, candidates = select_video(info), audio_candidates(info)
    is_selected = audio is not None or len(candidates) <= 1
    audio = audio or next(iter(candidates), None)
    if reason := undecodable_pictures(video):
        return PlaybackPlan("encode", reason)
    reason = _wrong_container(info, filename, video, audio) or _wrong_streams(info, video, audio, is_selected)
    if reason is None:
        return PlaybackPlan("original")
    return PlaybackPlan("remux" if video.codec in MP4_VIDEO else "encode", reason)


async def plan_file(path: Path, info: MediaInfo, filename: str, *, settings: Settings) -> PlaybackPlan:
    """Return the plan of a file at hand, whose audio tracks can be measured. Raises the errors of FFmpeg."""
    audio = await select_audio(path, info, settings=settings) if info.video else None
    return plan_playback(info, filename, audio=audio)


def plan_from_columns(video_codec: str | None, audio_codec: str | None, filename: str) -> PlaybackPlan:
    """Return the plan for a video that was registered before media facts were stored."""
    if video_codec is None:
        return PlaybackPlan("original")
    extension = extension_of(filename)
    container = "matroska,webm" if extension in {".webm", ".mkv"} else "mov,mp4"
    if extension not in MP4_EXTENSIONS | {".webm", ".mkv"}:
        container = extension.removeprefix(".")
    audio = AudioStream(index=1, codec=audio_codec) if audio_codec else None
    info = MediaInfo(
        container=container,
        video=(VideoStream(index=0, codec=video_codec),),
        audio=(audio,) if audio else (),
    )
    return plan_playback(info, filename)


def undecodable_pictures(video: VideoStream) -> str | None:
    """Return why browsers cannot show the pictures in any container; None if they can."""
    name = _VIDEO_NAMES.get(video.codec, video.codec.upper())
    profiles = _PROFILES.get(video.codec)
    if video.codec not in MP4_VIDEO | WEBM_VIDEO:
        return f"Browsers cannot play {name} video."
    if video.color_transfer in HDR_TRANSFERS:
        return "HDR video is converted to standard colours, because not every browser converts it."
    if video.bits > 8:  # noqa: PLR2004
        return f"Not every browser plays {name} video with {video.bits} bits per sample."
    if video.pixel_format is not None and not _is_420(video):
        return f"Not every browser plays {name} video with the pixel format {video.pixel_format}."
    if video.profile is not None and profiles is not None and video.profile.lower() not in profiles:
        return f"Not every browser plays {name} video with the profile {video.profile}."
    if video.is_interlaced:
        return "Browsers show interlaced video with comb-like edges."
    if video.codec == "h264" and video.width * video.height > MAX_H264_PIXELS:
        return f"Not every browser plays H.264 video with {video.width}x{video.height} pixels."
    return None


def undecodable_sound(audio: AudioStream | None, *, webm: bool = False) -> str | None:
    """Return why browsers cannot play the audio in MP4 (or WebM); None if they can."""
    if audio is None or (audio.codec in (WEBM_AUDIO if webm else MP4_AUDIO) and _is_known_aac(audio)):
        return None
    name = _AUDIO_NAMES.get(audio.codec, audio.codec.upper())
    if audio.codec in MP4_AUDIO | WEBM_AUDIO and _is_known_aac(audio):
        return f"Not every browser plays {name} audio in this kind of file."
    if audio.codec.startswith("pcm_"):
        return "Browsers cannot play uncompressed audio in video files."
    return f"Browsers cannot play {name} audio."


def _wrong_container(
    info: MediaInfo, filename: str, video: VideoStream, audio: AudioStream | None
) -> str | None:
    if _is_webm(info, filename):
        if video.codec not in WEBM_VIDEO:
            return (
                f"Not every browser plays {_VIDEO_NAMES.get(video.codec, video.codec.upper())} video in WebM."
            )
        return undecodable_sound(audio, webm=True)
    if _is_mp4(info, filename):
        return undecodable_sound(audio)
    if audio is not None and audio.codec not in MP4_AUDIO | WEBM_AUDIO:
        return undecodable_sound(audio)  # more helpful than the container
    return _container_reason(info, filename)


def _wrong_streams(
    info: MediaInfo, video: VideoStream, audio: AudioStream | None, is_selected: bool
) -> str | None:
    if info.video and video.index != info.video[0].index:
        return "Browsers play the first video stream of a file, which is not the one to show."
    if audio is not None and audio.index != info.audio[0].index:
        return "Browsers play the first audio track of a file, which is not the one to play."
    if not is_selected:
        return "Browsers play the first audio track of a file, which may be silent."
    if abs(info.start_seconds) > START_TOLERANCE_SECONDS:
        return f"The file's clock starts at {info.start_seconds:.1f} s, which browsers treat differently."
    if not info.states_duration:
        return "The file does not state its length, so browsers cannot seek in it."
    return None


def _is_webm(info: MediaInfo, filename: str) -> bool:
    return "webm" in info.container.split(",") and extension_of(filename) == ".webm"


def _is_mp4(info: MediaInfo, filename: str) -> bool:
    return "mp4" in info.container.split(",") and extension_of(filename) in MP4_EXTENSIONS


def _container_reason(info: MediaInfo, filename: str) -> str:
    kind = extension_of(filename).removeprefix(".").upper() or info.container.partition(",")[0]
    if kind in {"MP4", "M4V", "MOV", "WEBM"}:
        return f"The file is named like {kind}, but it is of another kind ({info.container or 'unknown'})."
    return f"Not every browser plays {kind} files."


def _is_420(video: VideoStream) -> bool:
    """Return whether the pictures are 8-bit 4:2:0. Browsers ignore the alpha channel of WebM, or show it."""
    return video.pixel_format in _PIXEL_FORMATS or (
        video.pixel_format == "yuva420p" and video.codec in WEBM_VIDEO
    )


def _is_known_aac(audio: AudioStream) -> bool:
    return audio.codec != "aac" or audio.profile is None or audio.profile.lower() in _AAC_PROFILES
