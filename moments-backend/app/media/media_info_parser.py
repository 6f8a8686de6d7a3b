"""Conversion of ffprobe's JSON into `MediaInfo`.

ffprobe takes most values from the container and the codec's parser, so they are known without its decoder,
for example pixel format and depth of AV1. Codecs without a parser (zmbv, PNG) report no pixel format if
ffprobe lacks the decoder; `pixel_format` is None then, and FFmpeg converts whatever its decoder returns.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.media import recording_time
from app.media.formats import TEXT_SUBTITLES, UNDECODABLE_CODECS
from app.models.media_info import AudioStream, Chapter, MediaInfo, SubtitleStream, VideoStream
from app.models.text import clean_line, clean_lines

Json = Mapping[str, Any]

CODEC_NAME_LENGTH = 50
"""Length of the columns."""

UNKNOWN_CODEC = "unknown"

MAX_TITLE, MAX_DESCRIPTION, MAX_ARTIST = 500, 20_000, 255
"""Characters; title and artist have the length of their columns."""

_STILL = ("attached_pic", "still_image", "timed_thumbnails")
_SECONDARY = ("comment", "visual_impaired", "hearing_impaired", "karaoke", "descriptions", "non_diegetic")
_INTERLACED = {"tt", "bb", "tb", "bt"}
_UNSTATED = {"", "unknown", "reserved", "unspecified", "und"}
_DEPTH = re.compile(r"(9|10|12|14|16)(?:le|be)$")
_PACKED_DEPTHS = {"nv20": 10, "xv30": 10, "v30x": 10, "xv36": 12, "xv48": 16, "rgb48": 16, "bgr48": 16} | {
    "rgba64": 16,
    "bgra64": 16,
    "ayuv64": 16,
    **{f"p{kind}{depth}": depth for kind in (0, 2, 4) for depth in (10, 12, 16)},
    **{f"y2{depth}": depth for depth in (10, 12, 16)},
}
"""Depths of formats whose names end otherwise, without `le` or `be`."""
_ALPHA = re.compile(r"^(?:yuva|gbrap|rgba|bgra|argb|abgr|ya8|ya16|pal8|ayuv|vuya)")
_TIMECODE = re.compile(r"\d\d:[0-5]\d:[0-5]\d[:;.]\d\d")
_DURATION = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_JUNK_TITLES = {"untitled", "no title", "title", "video", "movie", "unknown", "default", "core media video"}


def parse_media_info(output: Json, *, name: str, keep_location: bool = False) -> MediaInfo:
    """Convert the output of `-show_format -show_streams -show_chapters`.

    Args:
        name: file name, for titles that repeat it and dates in it.
    """
    container: Json = output.get("format") or {}
    streams: Sequence[Json] = output.get("streams") or ()
    tags = lower_keys(container.get("tags"))
    video = [_video(stream) for stream in streams if is_picture(stream)]
    # One frame beside a longer stream is a preview, which some cameras store without marking it.
    longer = [stream for stream in streams if is_picture(stream) and stream.get("nb_frames") != "1"]
    if longer:
        video = [_video(stream) for stream in longer]
    audio = [_audio(stream) for stream in streams if stream.get("codec_type") == "audio"]
    start = _start(container, video, audio)
    duration = _declared_duration(container, video, start)
    return MediaInfo(
        container=str(container.get("format_name", "")),
        start_seconds=start,
        container_start_seconds=_container_start(container, start),
        duration_seconds=duration,
        states_duration=duration is not None,
        video=tuple(video),
        audio=tuple(audio),
        subtitles=tuple(_subtitle(stream) for stream in streams if stream.get("codec_type") == "subtitle"),
        chapters=tuple(_chapters(output.get("chapters") or (), start)),
        title=_title(tags, name),
        description=_first_text(tags, ("description", "synopsis", "comment"), MAX_DESCRIPTION, lines=True),
        artist=_first_text(tags, ("artist", "album_artist", "author", "performer"), MAX_ARTIST),
        recorded_at=_recorded_at(tags, streams, name),
        timecode=_timecode(tags, streams),
        location=_location(tags) if keep_location else None,
    )


def is_picture(stream: Json) -> bool:
    """Return whether the stream is video, and neither cover art nor a still image."""
    disposition = stream.get("disposition") or {}
    return stream.get("codec_type") == "video" and not any(disposition.get(name) for name in _STILL)


def codec_name(stream: Json) -> str:
    return str(stream.get("codec_name") or UNKNOWN_CODEC)[:CODEC_NAME_LENGTH]


def number(value: Any) -> float | None:
    """Parse a finite number; None for anything else, such as `N/A`."""
    try:
        parsed = float(value)
    except (TypeError, ValueError):
        return None
    return parsed if math.isfinite(parsed) else None


def positive(value: Any) -> float | None:
    parsed = number(value)
    return parsed if parsed is not None and parsed > 0 else None


def lower_keys(tags: Any) -> dict[str, str]:
    """Return tags with lower-case names; Matroska has upper-case ones."""
    return {str(key).lower(): str(value) for key, value in (tags or {}).items()}


def _video(stream: Json) -> VideoStream:
    tags = lower_keys(stream.get("tags"))
    pixel_format = _stated(stream.get("pix_fmt"))
    return VideoStream(
        **_common(stream, tags),
        profile=_stated(stream.get("profile")),
        pixel_format=pixel_format,
        bits=_bits(stream, pixel_format),
        width=_count(stream.get("width")),
        height=_count(stream.get("height")),
        rotation=_rotation(stream, tags),
        sample_aspect_ratio=_aspect_ratio(stream.get("sample_aspect_ratio")),
        frame_rate=_rate(stream.get("avg_frame_rate")),
        is_interlaced=stream.get("field_order") in _INTERLACED,
        color_transfer=_stated(stream.get("color_transfer")),
        color_primaries=_stated(stream.get("color_primaries")),
        color_space=_stated(stream.get("color_space")),
        is_full_range=stream.get("color_range") == "pc" or (pixel_format or "").startswith("yuvj"),
        has_alpha=tags.get("alpha_mode") == "1" or bool(_ALPHA.match(pixel_format or "")),
    )


def _audio(stream: Json) -> AudioStream:
    tags = lower_keys(stream.get("tags"))
    disposition = stream.get("disposition") or {}
    return AudioStream(
        **_common(stream, tags),
        profile=_stated(stream.get("profile")),
        channels=_count(stream.get("channels")),
        channel_layout=_stated(stream.get("channel_layout")),
        sample_rate=_count(stream.get("sample_rate")) or None,
        is_secondary=any(disposition.get(name) for name in _SECONDARY),
    )


def _common(stream: Json, tags: Mapping[str, str]) -> dict[str, Any]:
    start, duration = number(stream.get("start_time")), positive(stream.get("duration"))
    return {
        "index": _count(stream.get("index")),
        "codec": codec_name(stream),
        "start_seconds": start,
        "duration_seconds": duration or _duration_tag(tags, start or 0.0),
        "is_default": bool((stream.get("disposition") or {}).get("default")),
        **_labels(tags),
    }


def _labels(tags: Mapping[str, str]) -> dict[str, Any]:
    language = clean_line(tags.get("language", ""), 35)
    return {
        "language": _stated(language),
        "title": clean_line(tags.get("title", ""), MAX_TITLE) or None,
    }


def _subtitle(stream: Json) -> SubtitleStream:
    disposition = stream.get("disposition") or {}
    codec = codec_name(stream)
    return SubtitleStream(
        index=_count(stream.get("index")),
        codec=codec,
        is_text=codec in TEXT_SUBTITLES,
        is_forced=bool(disposition.get("forced")),
        is_default=bool(disposition.get("default")),
        **_labels(lower_keys(stream.get("tags"))),
    )


def _chapters(chapters: Sequence[Json], start: float) -> list[Chapter]:
    """Return the chapters by the time axis, in order."""
    found: list[Chapter] = []
    for chapter in chapters:
        begin, end = number(chapter.get("start_time")), number(chapter.get("end_time"))
        if begin is None or (end is not None and end <= start):
            continue
        title = clean_line(lower_keys(chapter.get("tags")).get("title", ""), MAX_TITLE)
        found.append(
            Chapter(
                start_seconds=max(0.0, round(begin - start, 6)),
                end_seconds=None if end is None else max(0.0, round(end - start, 6)),
                title=title or None,
            )
        )
    return sorted(found, key=lambda chapter: chapter.start_seconds)


def _start(container: Json, video: Sequence[VideoStream], audio: Sequence[AudioStream]) -> float:
    """Return the file's clock at the first picture or audio.

    Not the container's own start, which also counts streams of data and subtitles.
    """
    decodable = (stream for stream in audio if stream.codec not in UNDECODABLE_CODECS)
    shown: list[VideoStream | AudioStream] = [*video, *decodable]
    starts = [stream.start_seconds for stream in shown if stream.start_seconds is not None]
    return min(starts, default=number(container.get("start_time")) or 0.0)


def _container_start(container: Json, start: float) -> float:
    found = number(container.get("start_time"))
    return start if found is None else min(found, start)


def _declared_duration(container: Json, video: Sequence[VideoStream], start: float) -> float | None:
    if (duration := positive(container.get("duration"))) is None:
        return max((stream.duration_seconds or 0.0 for stream in video), default=0.0) or None
    # Subtract what is before the first picture or audio, such as a subtitle.
    return positive(duration - (start - _container_start(container, start)))


def _title(tags: Mapping[str, str], name: str) -> str | None:
    """Return the title in the tags; None if it repeats the file name or is a placeholder."""
    title = clean_line(tags.get("title", ""), MAX_TITLE)
    stem = name.rpartition(".")[0] or name
    plain = title.casefold()
    if not title or plain in _JUNK_TITLES or plain in {name.casefold(), stem.casefold()}:
        return None
    return title if any(character.isalnum() for character in title) else None


def _first_text(
    tags: Mapping[str, str], names: Sequence[str], length: int, *, lines: bool = False
) -> str | None:
    clean = clean_lines if lines else clean_line
    return next((text for name in names if (text := clean(tags.get(name, ""), length))), None)


def _recorded_at(tags: Mapping[str, str], streams: Sequence[Json], name: str) -> datetime | None:
    found = recording_time.from_tags(tags)
    for stream in streams:
        found = found or recording_time.from_tags(lower_keys(stream.get("tags")))
    return found or recording_time.from_name(name)


def _timecode(tags: Mapping[str, str], streams: Sequence[Json]) -> str | None:
    stated = [tags.get("timecode"), *(lower_keys(stream.get("tags")).get("timecode") for stream in streams)]
    return next((text for text in stated if text and _TIMECODE.fullmatch(text)), None)


def _location(tags: Mapping[str, str]) -> str | None:
    names = ("com.apple.quicktime.location.iso6709", "location", "location-eng")
    return _first_text(tags, names, 100)


def _stated(value: Any) -> str | None:
    text = str(value or "")
    return None if text.lower() in _UNSTATED else text


def _count(value: Any) -> int:
    parsed = number(value)
    return int(parsed) if parsed is not None and parsed > 0 else 0


def _bits(stream: Json, pixel_format: str | None) -> int:
    """Return the bits per sample; 8 if nothing states them."""
    name = pixel_format or ""
    if (packed := _PACKED_DEPTHS.get(name.removesuffix("le").removesuffix("be"))) is not None:
        return packed
    if found := _DEPTH.search(name):
        return int(found[1])
    return 8 if name else _count(stream.get("bits_per_raw_sample")) or 8


def _aspect_ratio(value: Any) -> float:
    width, _, height = str(value).partition(":")
    if (pixel_width := positive(width)) is None or (pixel_height := positive(height)) is None:
        return 1.0
    return pixel_width / pixel_height


def _rate(value: Any) -> float | None:
    """Parse a fraction such as `30000/1001`; None for `0/0`."""
    numerator, _, denominator = str(value).partition("/")
    above, below = positive(numerator), positive(denominator or 1)
    return None if above is None or below is None else above / below


def _rotation(stream: Json, tags: Mapping[str, str]) -> int:
    """Return the clockwise rotation of the display matrix, or of the tag of older files."""
    matrices = [entry for entry in stream.get("side_data_list") or () if "rotation" in entry]
    degrees = -(number(matrices[0]["rotation"]) or 0.0) if matrices else number(tags.get("rotate"))
    return round((degrees or 0.0) / 90) * 90 % 360


def _duration_tag(tags: Mapping[str, str], start: float) -> float | None:
    """Parse Matroska's tag, which states the end of the stream: `00:01:02.500000000`."""
    found = _DURATION.match(tags.get("duration", ""))
    if found is None:
        return None
    end = int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])
    return positive(end - max(0.0, start)) if end > start else positive(end)
