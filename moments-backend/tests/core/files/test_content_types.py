import pytest

from app.core.files.content_types import VIDEO_EXTENSIONS, content_type_for, is_video_name


def test_video_extensions() -> None:
    expected = "mp4 mov avi mkv webm m4v ts mts m2ts mpg mpeg vob wmv flv 3gp 3g2 ogv mxf"
    assert {f".{name}" for name in expected.split()} == VIDEO_EXTENSIONS


@pytest.mark.parametrize("name", ["a.mp4", "a.MP4", "a.b.MoV", " .webm", "-x.m4v", "é #?%.mkv"])
def test_video_names(name: str) -> None:
    assert is_video_name(name)


@pytest.mark.parametrize("name", ["", "mp4", ".mp4", "a.mp4.part", "a.mp3", "a.", "a.mp4 ", "a.mp4/"])
def test_other_names(name: str) -> None:
    assert not is_video_name(name)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.mp4", "video/mp4"),
        ("a.MOV", "video/quicktime"),
        ("a.avi", "video/x-msvideo"),
        ("a.mkv", "video/x-matroska"),
        ("a.webm", "video/webm"),
        ("a.m4v", "video/x-m4v"),
        ("a.wav", "audio/wav"),
        ("a.jpg", "image/jpeg"),
        ("a.JPEG", "image/jpeg"),
        ("a.json", "application/json"),
        ("a.vtt", "text/vtt"),
        ("a.xyz", "application/octet-stream"),
        ("mp4", "application/octet-stream"),
    ],
)
def test_content_types(name: str, content_type: str) -> None:
    assert content_type_for(name) == content_type
