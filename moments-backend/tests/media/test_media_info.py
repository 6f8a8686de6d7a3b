"""Streams, chapters, tags and dates that a file states."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.media import recording_time
from app.media.ffprobe import VideoMetadata, probe
from app.media.media_info_parser import parse_media_info
from app.models.media_info import MediaInfo
from app.models.text import clean_line, clean_lines, ensure_line, ensure_lines
from tests.fixtures.media import ffmpeg, make_video

pytestmark = pytest.mark.usefixtures("clean_environment")


async def metadata_of(path: Path, **settings: Any) -> VideoMetadata:
    return await probe(path, settings=Settings(**settings))


def parsed(stream: dict[str, Any] | None = None, name: str = "a.mp4", **container: Any) -> MediaInfo:
    video = {"index": 0, "codec_type": "video", "codec_name": "h264"} | (stream or {})
    return parse_media_info({"streams": [video], "format": container}, name=name)


@pytest.mark.parametrize(
    ("pixel_format", "bits", "has_alpha"),
    [
        ("yuv420p", 8, False),
        ("yuv420p10le", 10, False),
        ("gbrp12be", 12, False),
        ("p010le", 10, False),
        ("x2rgb10le", 10, False),
        ("rgb48le", 16, False),
        ("gray16le", 16, False),
        ("rgb565le", 8, False),
        ("yuva444p10le", 10, True),
        ("rgba64be", 16, True),
        ("bgra", 8, True),
        (None, 8, False),
    ],
)
def test_depth_and_alpha(pixel_format: str | None, bits: int, has_alpha: bool) -> None:
    (video,) = parsed({"pix_fmt": pixel_format}).video
    assert (video.bits, video.has_alpha) == (bits, has_alpha)


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ({"side_data_list": [{"rotation": -90}]}, {"rotation": 90}),
        ({"side_data_list": [{"rotation": 90.0}]}, {"rotation": 270}),
        ({"side_data_list": [{"rotation": -180}]}, {"rotation": 180}),
        ({"tags": {"rotate": "270"}}, {"rotation": 270}),
        ({"sample_aspect_ratio": "4:3"}, {"sample_aspect_ratio": pytest.approx(4 / 3)}),
        ({"sample_aspect_ratio": "0:1"}, {"sample_aspect_ratio": 1.0}),
        ({"field_order": "tt"}, {"is_interlaced": True}),
        ({"field_order": "progressive"}, {"is_interlaced": False}),
        ({"color_range": "pc"}, {"is_full_range": True}),
        ({"pix_fmt": "yuvj420p"}, {"is_full_range": True}),
        ({"color_transfer": "smpte2084"}, {"color_transfer": "smpte2084"}),
        ({"color_transfer": "unknown"}, {"color_transfer": None}),
        ({"tags": {"alpha_mode": "1"}}, {"has_alpha": True}),
        ({"tags": {"language": "und"}}, {"language": None}),
        ({"tags": {"LANGUAGE": "ger"}}, {"language": "ger"}),
        ({"tags": {"DURATION": "00:01:02.500000000"}}, {"duration_seconds": 62.5}),
    ],
)
def test_properties_of_pictures(stream: dict[str, Any], expected: dict[str, Any]) -> None:
    (video,) = parsed(stream).video
    assert {name: getattr(video, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("codec", "pixel_format", "expected"),
    [
        (("libsvtav1", "-preset", "12"), "yuv420p10le", ("av1", "yuv420p10le", 10)),
        (("libx265", "-x265-params", "log-level=none"), "yuv420p10le", ("hevc", "yuv420p10le", 10)),
        (("zmbv",), "bgr0", ("zmbv", None, 8)),
    ],
)
async def test_codecs_that_ffprobe_cannot_decode(
    tmp_path: Path, codec: tuple[str, ...], pixel_format: str, expected: tuple[str, str | None, int]
) -> None:
    path = tmp_path / "a.mkv"
    source = ("-f", "lavfi", "-i", "testsrc2=s=160x90:d=0.2")
    ffmpeg(*source, "-c:v", *codec, "-pix_fmt", pixel_format, path)
    metadata = await metadata_of(path)
    (video,) = metadata.info.video
    assert (video.codec, video.pixel_format, video.bits) == expected
    assert metadata.resolution == "160x90"


async def test_tags_and_chapters(tmp_path: Path) -> None:
    """A subtitle, a title, a description and chapters."""
    (tmp_path / "meta").write_text(
        ";FFMETADATA1\ntitle=Why the tides turn\nartist=Harbour films\nDESCRIPTION=First line\\\nsecond\n"
        "DATE_RECORDED=2009-05-06T07:08:09+0200\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=600\ntitle=Wall\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=600\nEND=1000\ntitle=Moon\n"
    )
    (tmp_path / "s.srt").write_text("1\n00:00:00,000 --> 00:00:00,900\nHello.\n")
    inputs = ("-i", make_video(tmp_path / "v.mp4"), "-i", tmp_path / "s.srt", "-i", tmp_path / "meta")
    path = tmp_path / "a.mkv"
    named = ("-metadata:s:s:0", "language=eng", "-metadata:s:a:0", "title=Commentary")
    ffmpeg(*inputs, "-map", "0", "-map", "1", "-map_metadata", "2", *named, "-c", "copy", path)
    metadata = await metadata_of(path)
    columns = metadata.columns()
    assert columns["title"] == "Why the tides turn"
    assert columns["channel"] == "Harbour films"
    assert columns["description"] == "First line\nsecond"
    assert columns["recorded_at"] == datetime(2009, 5, 6, 5, 8, 9, tzinfo=UTC)
    assert columns["recorded_at"].utcoffset() == timedelta(hours=2)
    info = MediaInfo.model_validate(columns["media"])
    assert info == metadata.info
    assert [(chapter.start_seconds, chapter.title) for chapter in info.chapters] == [
        (0, "Wall"),
        (0.6, "Moon"),
    ]
    assert [(track.codec, track.is_text, track.language) for track in info.subtitles] == [
        ("subrip", True, "eng")
    ]
    assert info.audio[0].title == "Commentary"


def test_chapters_follow_the_time_axis() -> None:
    chapters = [
        {"start_time": "1010.5", "end_time": "1020", "tags": {"title": "Second"}},
        {"start_time": "1000", "end_time": "1010.5", "tags": {"title": "First"}},
        {"start_time": "10", "end_time": "20", "tags": {"title": "Before the start"}},
    ]
    stream = {"index": 0, "codec_type": "video", "codec_name": "h264", "start_time": "1000"}
    output = {"streams": [stream], "format": {}, "chapters": chapters}
    found = parse_media_info(output, name="a.mkv").chapters
    assert [(c.start_seconds, c.end_seconds, c.title) for c in found] == [
        (0, 10.5, "First"),
        (10.5, 20, "Second"),
    ]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Why the tides turn", "Why the tides turn"),
        ("IMG_0001", None),
        ("img_0001.MOV", None),
        ("Untitled", None),
        ("  \x00 ", None),
        ("---", None),
        ("two\nlines", "two lines"),
        ("right \u202eto left", "right to left"),
        ("x" * 600, "x" * 499 + "…"),
    ],
)
def test_title(title: str, expected: str | None) -> None:
    assert parsed(name="IMG_0001.mov", tags={"title": title}).title == expected


@pytest.mark.parametrize("text", ["a\x00b\x1bc", "\ud800", "\u2066x\u2069", "é", "a\r\nb\tc", "x" * 99])
def test_cleaned_text_is_accepted(text: str) -> None:
    assert len(ensure_line(clean_line(text, 50))) <= 50
    assert len(ensure_lines(clean_lines(text, 50))) <= 50


async def test_location_needs_the_setting(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    place = ("-movflags", "use_metadata_tags", "-metadata", "location=+52.5200+013.4050/")
    ffmpeg("-i", make_video(tmp_path / "v.mp4"), "-c", "copy", *place, path)
    hidden, kept = await metadata_of(path), await metadata_of(path, keep_location=True)
    assert hidden.info.location is None
    assert "52.52" not in str(hidden.columns())
    assert kept.info.location == "+52.5200+013.4050/"


async def test_import_time_is_not_a_recording_time(tmp_path: Path) -> None:
    assert (await metadata_of(make_video(tmp_path / "a.mp4"))).columns()["recorded_at"] is None


CREATED = {"creation_time": "2024-01-31T05:22:40.000000Z"}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (CREATED, "2024-01-31T05:22:40+00:00"),
        (
            CREATED | {"com.apple.quicktime.creationdate": "2024-01-31T14:22:33+0900"},
            "2024-01-31T14:22:33+09:00",
        ),
        (CREATED | {"date_recorded": "2024-01-30 10:00:00+01:00"}, "2024-01-30T10:00:00+01:00"),
        (CREATED | {"date": "2019-03-04"}, "2024-01-31T05:22:40+00:00"),
        ({"date": "2019-03-04T05:06:07Z"}, "2019-03-04T05:06:07+00:00"),
        ({"creation_time": "1904-01-01T00:00:00Z"}, None),
        ({"creation_time": "1970-01-01T00:00:00Z"}, None),
        ({"creation_time": "1980-01-01T00:00:10Z"}, None),
        ({"creation_time": "2000-01-01T00:00:00Z"}, None),
        ({"creation_time": "2999-05-05T00:00:00Z"}, None),
        ({"creation_time": "yesterday"}, None),
        ({"date": "2019"}, None),
        ({"date": "2019-13-45"}, None),
    ],
)
def test_recording_time_of_tags(tags: dict[str, str], expected: str | None) -> None:
    found = recording_time.from_tags(tags)
    assert (found.isoformat() if found else None) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("20240131_142233.mp4", (2024, 1, 31, 14, 22, 33)),
        ("VID_20240131_142233.mp4", (2024, 1, 31, 14, 22, 33)),
        ("video-20240131142233.mp4", (2024, 1, 31, 14, 22, 33)),
        ("2024-01-31 14.22.33.mov", (2024, 1, 31, 14, 22, 33)),
        ("obs 2024-01-31_14-22-33.mkv", (2024, 1, 31, 14, 22, 33)),
        ("signal-2024-01-31-142233.mp4", (2024, 1, 31, 14, 22, 33)),
        ("WhatsApp Video 2024-01-31 at 14.22.33.mp4", (2024, 1, 31, 14, 22, 33)),
        ("VID-20240131-WA0001.mp4", (2024, 1, 31, 12, 0, 0)),
        ("2024-01-31 birthday.mp4", (2024, 1, 31, 12, 0, 0)),
        ("IMG_1234.MOV", None),
        ("20241350_101010.mp4", None),
        ("12345678.mp4", None),
        ("29990131_142233.mp4", None),
    ],
)
def test_recording_time_of_names(name: str, expected: tuple[int, ...] | None) -> None:
    found = recording_time.from_name(name)
    if expected is None:
        assert found is None
    else:
        local = datetime(*expected).astimezone()  # type: ignore[arg-type]
        assert found == local


def test_pixel_names_are_utc() -> None:
    found = recording_time.from_name("PXL_20240131_142233123.mp4")
    assert found == datetime(2024, 1, 31, 14, 22, 33, tzinfo=UTC)


def test_tags_precede_the_name() -> None:
    info = parsed(name="20200101_101010.mp4", tags=CREATED)
    assert info.recorded_at == datetime(2024, 1, 31, 5, 22, 40, tzinfo=UTC)
