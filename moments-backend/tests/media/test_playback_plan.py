"""Files that browsers play as they are, and the kind of copy that others need."""

from typing import Any

import pytest

from app.media.playback import plan_from_columns, plan_playback
from app.models.media_info import AudioStream, MediaInfo, VideoStream

MP4, WEBM, TS, AVI = "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "mpegts", "avi"


def info_of(container: str, video: str | dict[str, Any], audio: str | None, **facts: Any) -> MediaInfo:
    picture = {"codec": video} if isinstance(video, str) else video
    return MediaInfo(
        container=container,
        video=(VideoStream(index=0, **picture),),
        audio=(AudioStream(index=1, codec=audio),) if audio else (),
        **facts,
    )


@pytest.mark.parametrize(
    ("container", "video", "audio", "filename", "method"),
    [
        (MP4, "h264", "aac", "a.mp4", "original"),
        (MP4, "h264", "aac", "A.MOV", "original"),
        (MP4, "h264", "mp3", "a.m4v", "original"),
        (MP4, "h264", None, "a.mp4", "original"),
        (MP4, "av1", "aac", "a.mp4", "original"),
        (MP4, "vp9", "opus", "a.mp4", "original"),
        (WEBM, "vp8", "vorbis", "a.webm", "original"),
        (WEBM, "av1", "opus", "a.webm", "original"),
        (MP4, "h264", "ac3", "a.mp4", "remux"),
        (MP4, "h264", "pcm_s16le", "a.mov", "remux"),
        (MP4, "h264", "aac", "a.3gp", "remux"),
        (MP4, "h264", "aac", "a.webm", "remux"),
        (WEBM, "h264", "aac", "a.mkv", "remux"),
        (WEBM, "h264", "opus", "a.webm", "remux"),
        (WEBM, "vp9", "opus", "a.mp4", "remux"),
        (WEBM, "vp9", "vorbis", "a.mkv", "remux"),
        (WEBM, "vp8", "vorbis", "a.mkv", "encode"),
        (TS, "h264", "aac", "a.ts", "remux"),
        (MP4, "hevc", "aac", "a.mp4", "encode"),
        (AVI, "mpeg4", "mp3", "a.avi", "encode"),
        ("asf", "wmv2", "wmav2", "a.wmv", "encode"),
        (TS, "mpeg2video", "mp2", "a.ts", "encode"),
    ],
)
def test_codecs_and_container_decide(
    container: str, video: str, audio: str | None, filename: str, method: str
) -> None:
    plan = plan_playback(info_of(container, video, audio), filename)
    assert plan.method == method
    assert (plan.reason is None) == (method == "original")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"bits": 10, "profile": "High 10"}, "10 bits"),
        ({"pixel_format": "yuv422p"}, "yuv422p"),
        ({"pixel_format": "gray"}, "gray"),
        ({"profile": "High 4:4:4 Predictive"}, "4:4:4"),
        ({"is_interlaced": True}, "interlaced"),
        ({"color_transfer": "arib-std-b67"}, "HDR"),
        ({"color_transfer": "smpte2084"}, "HDR"),
        ({"width": 7680, "height": 4320}, "7680x4320"),
    ],
)
def test_pictures_that_few_browsers_show(facts: dict[str, Any], reason: str) -> None:
    plan = plan_playback(info_of(MP4, {"codec": "h264", **facts}, "aac"), "a.mp4")
    assert plan.method == "encode"
    assert reason in (plan.reason or "")


@pytest.mark.parametrize(
    "facts",
    [
        {"profile": "High", "pixel_format": "yuvj420p", "is_full_range": True},
        {"rotation": 90, "width": 1920, "height": 1080},
        {"sample_aspect_ratio": 4 / 3},
    ],
)
def test_pictures_that_every_browser_shows(facts: dict[str, Any]) -> None:
    assert plan_playback(info_of(MP4, {"codec": "h264", **facts}, "aac"), "a.mp4").method == "original"


def test_another_audio_track_than_the_first() -> None:
    tracks = (
        AudioStream(index=1, codec="aac"),
        AudioStream(index=2, codec="aac", is_default=True),
    )
    info = info_of(MP4, "h264", None).model_copy(update={"audio": tracks})
    assert plan_playback(info, "a.mp4").method == "remux"
    assert plan_playback(info, "a.mp4", audio=tracks[1]).method == "remux"
    assert plan_playback(info, "a.mp4", audio=tracks[0]).method == "original"


def test_several_audio_tracks_are_measured_first() -> None:
    tracks = (AudioStream(index=1, codec="aac", is_default=True), AudioStream(index=2, codec="aac"))
    info = info_of(MP4, "h264", None).model_copy(update={"audio": tracks})
    plan = plan_playback(info, "a.mp4")
    assert (plan.method, plan.reason) == (
        "remux",
        "Browsers play the first audio track of a file, which may be silent.",
    )
    assert plan_playback(info, "a.mp4", audio=tracks[0]).method == "original"


def test_track_without_decoder_is_not_counted() -> None:
    tracks = (AudioStream(index=1, codec="aac"), AudioStream(index=2, codec="unknown"))
    info = info_of(MP4, "h264", None).model_copy(update={"audio": tracks})
    assert plan_playback(info, "a.mp4").method == "original"
    assert plan_playback(info.model_copy(update={"audio": tracks[::-1]}), "a.mp4").method == "remux"


@pytest.mark.parametrize(("video", "method"), [("vp8", "encode"), ("vp9", "remux")])
def test_recordings_without_length_need_a_copy(video: str, method: str) -> None:
    info = info_of(WEBM, video, "opus", states_duration=False)
    assert plan_playback(info, "a.webm").method == method


def test_late_clock_needs_a_copy() -> None:
    assert plan_playback(info_of(MP4, "h264", "aac", start_seconds=5.0), "a.mp4").method == "remux"
    assert plan_playback(info_of(MP4, "h264", "aac", start_seconds=0.08), "a.mp4").method == "original"


@pytest.mark.parametrize(
    ("video", "audio", "filename", "method"),
    [
        ("h264", "aac", "a.mp4", "original"),
        ("vp9", "opus", "a.webm", "original"),
        (None, None, "a.mp4", "original"),
        ("h264", "aac", "a.mkv", "remux"),
        ("h264", "ac3", "a.mp4", "remux"),
        ("hevc", "aac", "a.mov", "encode"),
        ("mpeg4", "mp3", "a.avi", "encode"),
    ],
)
def test_plan_from_columns(video: str | None, audio: str | None, filename: str, method: str) -> None:
    assert plan_from_columns(video, audio, filename).method == method
