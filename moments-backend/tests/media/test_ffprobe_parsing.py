"""Arguments and output of ffprobe as data; no program is started."""

from pathlib import Path
from typing import Any

import pytest

from app.core.exceptions import MediaLimitError, NotAVideoError
from app.media import ffprobe

VIDEO: dict[str, Any] = {
    "codec_type": "video",
    "codec_name": "h264",
    "width": 1920,
    "height": 1080,
    "avg_frame_rate": "30/1",
    "r_frame_rate": "30/1",
    "disposition": {"attached_pic": 0},
}
AUDIO = {"codec_type": "audio", "codec_name": "aac"}
COVER = {"codec_type": "video", "codec_name": "png", "width": 600, "height": 600} | {
    "disposition": {"attached_pic": 1}
}
MAX_PIXELS = 1920 * 1080
CONTAINER = {"format_name": "mov,mp4,m4a,3gp,3g2,mj2", "duration": "120.500000", "size": "50003456"}


def metadata_of(*streams: dict[str, Any], size: int = 50_003_456, **container: Any) -> ffprobe.VideoMetadata:
    output = {"streams": list(streams), "format": CONTAINER | container}
    return ffprobe.to_metadata(output, name="a.mp4", size=size, max_pixels=MAX_PIXELS)


def test_command_arguments() -> None:
    argv = ffprobe.command(Path("/opt/ffprobe"), Path("/videos/motivation.mp4"), max_pixels=1000)
    assert argv[0] == "/opt/ffprobe"
    assert argv[-6:] == [
        *("-print_format", "json", "-show_format", "-show_streams", "-show_chapters"),
        "file:/videos/motivation.mp4",
    ]
    options = dict(zip(argv[1:-6:2], argv[2:-6:2], strict=True))
    assert options["-protocol_whitelist"] == "file"
    assert (options["-max_pixels"], options["-threads"]) == ("1000", "1")
    assert {"hls", "concat", "dash", "image2"}.isdisjoint(options["-format_whitelist"].split(","))


@pytest.mark.parametrize("name", ["-i.mp4", "concat:a|b.mp4", "http:x.mp4", "a?b#c%20.mp4", "pipe:0.mp4"])
def test_name_is_neither_option_nor_protocol(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    argv = ffprobe.command(Path("ffprobe"), Path(name), max_pixels=1000)
    assert argv[-1] == f"file:{tmp_path}/{name}"


def test_declared_size_over_the_limit_is_refused() -> None:
    with pytest.raises(MediaLimitError, match=r"1922x1080 = 2075760 pixels; the limit is 2073600") as caught:
        metadata_of(VIDEO | {"width": 1922})
    assert "MEDIA_MAX_PIXELS" in str(caught.value.remedy)
    assert not caught.value.retryable


def test_ordinary_video() -> None:
    metadata = metadata_of(VIDEO, AUDIO)
    assert metadata == ffprobe.VideoMetadata(
        duration_seconds=120.5,
        file_size_kb=48831,
        video_codec="h264",
        audio_codec="aac",
        resolution="1920x1080",
        frame_rate=30.0,
        info=metadata.info,
    )


def test_first_stream_of_a_type_is_used() -> None:
    metadata = metadata_of(VIDEO, VIDEO | {"codec_name": "vp9"}, AUDIO, AUDIO | {"codec_name": "opus"})
    assert (metadata.video_codec, metadata.audio_codec) == ("h264", "aac")


def test_cover_art_is_not_a_video_stream() -> None:
    metadata = metadata_of(COVER, AUDIO, VIDEO)
    assert (metadata.video_codec, metadata.resolution) == ("h264", "1920x1080")


@pytest.mark.parametrize(
    ("streams", "cause"),
    [
        ([AUDIO], "a.mp4 has no video stream: audio only (aac)"),
        ([AUDIO, COVER], "a.mp4 has no video stream: audio and cover art only (aac, png)"),
        ([{"codec_type": "subtitle", "codec_name": "subrip"}], "no video stream: subtitle only (subrip)"),
        ([{"codec_type": "data"}], "no video stream: data only (unknown)"),
        ([], "no video stream: no streams"),
        ([VIDEO | {"disposition": {"still_image": 1}}], "no video stream: cover art only (h264)"),
    ],
)
def test_error_lists_the_streams(streams: list[dict[str, Any]], cause: str) -> None:
    with pytest.raises(NotAVideoError) as caught:
        metadata_of(*streams)
    assert cause in caught.value.cause


@pytest.mark.parametrize(
    "format_name", ["png_pipe", "jpeg_pipe", "image2", "hls", "concat", "gif", "tty", ""]
)
def test_images_and_playlists_are_rejected(format_name: str) -> None:
    with pytest.raises(NotAVideoError, match=r"is a still image or a playlist \(\w"):
        metadata_of(VIDEO, format_name=format_name)


def test_image_in_mp4_container_is_rejected() -> None:
    with pytest.raises(NotAVideoError, match=r"\(avif\)"):
        metadata_of(VIDEO, tags={"major_brand": "avif"})


@pytest.mark.parametrize(
    ("container", "stream", "seconds"),
    [
        ("12.5", "99", 12.5),
        (None, "7.25", 7.25),
        ("N/A", "7.25", 7.25),
        ("0.000000", "7.25", 7.25),
        (None, None, None),
        ("N/A", "N/A", None),
        ("-3", None, None),
        ("nan", None, None),
        ("inf", None, None),
        ("-inf", "-1", None),
        ("", "", None),
    ],
)
def test_duration(container: str | None, stream: str | None, seconds: float | None) -> None:
    assert metadata_of(VIDEO | {"duration": stream}, duration=container).duration_seconds == seconds


@pytest.mark.parametrize(
    ("average", "rate"),
    [
        ("30/1", 30.0),
        ("30000/1001", 30000 / 1001),
        ("24", 24.0),
        ("0/0", None),
        ("25/0", None),
        ("0/1", None),
        ("-25/1", None),
        ("N/A", None),
        ("nan/1", None),
        ("inf", None),
        ("", None),
        (None, None),
    ],
)
def test_frame_rate_is_the_average_rate(average: str | None, rate: float | None) -> None:
    assert metadata_of(VIDEO | {"avg_frame_rate": average, "r_frame_rate": "90000/1"}).frame_rate == rate


@pytest.mark.parametrize(
    ("extra", "resolution"),
    [
        ({}, "1920x1080"),
        ({"side_data_list": [{"side_data_type": "Display Matrix", "rotation": -90}]}, "1080x1920"),
        ({"side_data_list": [{"side_data_type": "Display Matrix", "rotation": 90}]}, "1080x1920"),
        ({"side_data_list": [{"side_data_type": "Display Matrix", "rotation": 270.0}]}, "1080x1920"),
        ({"side_data_list": [{"side_data_type": "Display Matrix", "rotation": 180}]}, "1920x1080"),
        ({"side_data_list": [{"side_data_type": "Display Matrix", "rotation": "nan"}]}, "1920x1080"),
        ({"side_data_list": [{"side_data_type": "Content light level metadata"}]}, "1920x1080"),
        ({"tags": {"rotate": "90"}}, "1080x1920"),
        ({"tags": {"rotate": "upside down"}}, "1920x1080"),
        # Old versions of FFmpeg report both; the rotation counts once.
        ({"tags": {"rotate": "90"}, "side_data_list": [{"rotation": -90}]}, "1080x1920"),
        ({"width": 1440, "sample_aspect_ratio": "4:3"}, "1440x1080"),
        ({"width": 0, "height": 0}, None),
        ({"width": None}, None),
        ({"width": "N/A"}, None),
    ],
)
def test_resolution_is_upright(extra: dict[str, Any], resolution: str | None) -> None:
    assert metadata_of(VIDEO | extra).resolution == resolution


def test_without_audio() -> None:
    assert metadata_of(VIDEO).audio_codec is None


def test_codec_names_are_truncated_to_columns() -> None:
    metadata = metadata_of(VIDEO | {"codec_name": "v" * 80}, AUDIO | {"codec_name": "a" * 80})
    assert (metadata.video_codec, metadata.audio_codec) == ("v" * 50, "a" * 50)


def test_codec_without_a_name() -> None:
    nameless = {key: value for key, value in VIDEO.items() if key != "codec_name"}
    assert metadata_of(nameless).video_codec == "unknown"


@pytest.mark.parametrize(("size", "kb"), [(1, 0), (1023, 0), (1024, 1), (50_003_456, 48831)])
def test_kilobytes_are_rounded_down(size: int, kb: int) -> None:
    assert metadata_of(VIDEO, size=size).file_size_kb == kb


@pytest.mark.parametrize(
    ("container", "stream", "expected"),
    [
        ({"timecode": "10:00:00:00"}, {}, "10:00:00:00"),
        ({}, {"timecode": "01:02:03;04"}, "01:02:03;04"),
        ({}, {"timecode": "25 frames"}, None),
        ({}, {}, None),
    ],
)
def test_timecode_of_the_camera(
    container: dict[str, str], stream: dict[str, str], expected: str | None
) -> None:
    """MXF states it for the container, QuickTime for streams."""
    metadata = metadata_of(VIDEO | {"tags": stream}, tags=container)
    assert metadata.info.timecode == expected
