"""Files that no player can use: each error names the cause in one sentence."""

from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.exceptions import NotAVideoError
from app.media.ffprobe import VideoMetadata, probe
from tests.fixtures.media import ffmpeg, make_audio, make_video

pytestmark = pytest.mark.usefixtures("clean_environment")

KEY = "76a6c65c5ea762046bd749a2e632ccbb"
ENCRYPTED = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", KEY, "-encryption_kid", KEY)


async def look(path: Path) -> VideoMetadata:
    return await probe(path, settings=Settings())


@pytest.mark.parametrize("flags", ["", "+frag_keyframe+empty_moov", "+faststart"])
async def test_encrypted_mp4(tmp_path: Path, flags: str) -> None:
    video, path = make_video(tmp_path / "v.mp4"), tmp_path / "a.mp4"
    options = ("-movflags", flags) if flags else ()
    ffmpeg("-i", video, "-c", "copy", *ENCRYPTED, *options, path)
    with pytest.raises(NotAVideoError, match=r"^a\.mp4 is encrypted \(copy protection\)") as caught:
        await look(path)
    assert caught.value.remedy


async def test_scrambled_transport_stream(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    ffmpeg("-i", make_video(tmp_path / "v.mp4"), "-c", "copy", path)
    content = bytearray(path.read_bytes())
    assert (await look(path)).video_codec == "h264"
    for packet in range(0, len(content), 188):
        if content[packet + 1] & 0x1F == 1:  # programs 256 and 257
            content[packet + 3] |= 0x80
    path.write_bytes(content)
    with pytest.raises(NotAVideoError, match=r"is encrypted"):
        await look(path)


async def test_header_without_media(tmp_path: Path) -> None:
    video, path = make_video(tmp_path / "v.mp4"), tmp_path / "a.mp4"
    ffmpeg("-i", video, "-c", "copy", "-movflags", "frag_keyframe+empty_moov", path)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"moof") - 4])
    with pytest.raises(NotAVideoError, match=r"^a\.mp4 contains a header but no pictures; .* interrupted$"):
        await look(path)


async def test_box_beyond_any_file(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    with path.open("ab") as file:
        file.write(b"\0\0\0\1free" + b"\xff" * 8)
    assert (await look(path)).video_codec == "h264"


async def test_unfinished_download(tmp_path: Path) -> None:
    """Some programs reserve the whole size first."""
    video, path = make_video(tmp_path / "v.mp4", seconds=8), tmp_path / "a.mp4"
    ffmpeg("-i", video, "-c", "copy", "-movflags", "+faststart", path)
    content = path.read_bytes()
    half = len(content) // 2
    path.write_bytes(content[:half] + bytes(len(content) - half))
    with pytest.raises(NotAVideoError, match=r"^a\.mp4 is incomplete: its end contains only zeros"):
        await look(path)


async def test_zeros_of_silence_and_padding_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    black = ("-f", "lavfi", "-i", "color=black:s=320x180:d=2", "-f", "lavfi", "-i", "anullsrc=d=2")
    ffmpeg(*black, "-c:v", "rawvideo", "-pix_fmt", "rgb24", "-c:a", "pcm_s16le", path)
    assert (await look(path)).video_codec == "rawvideo"
    padded = make_video(tmp_path / "b.mp4")
    padded.write_bytes(padded.read_bytes() + bytes(500_000))
    assert (await look(padded)).duration_seconds == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("name", ["a.mov", "a.mkv"])
async def test_single_picture(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x90", "-frames:v", "1", "-c:v", "mjpeg", path)
    with pytest.raises(NotAVideoError, match=r"contains a single picture and no audio"):
        await look(path)


async def test_single_picture_with_audio(tmp_path: Path) -> None:
    """A song with its cover as picture counts as a video."""
    path = tmp_path / "a.mp4"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=160x90:d=0.04", "-f", "lavfi", "-i", "sine=d=3")
    ffmpeg(*picture, "-c:v", "libx264", "-c:a", "aac", path)
    metadata = await look(path)
    assert metadata.duration_seconds == pytest.approx(3, abs=0.1)
    assert (metadata.resolution, metadata.audio_codec) == ("160x90", "aac")


async def test_audio_only(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "a.mp4", codec="aac", container="ipod")
    with pytest.raises(NotAVideoError, match=r"^a\.mp4 has no video stream: audio only \(aac\)$"):
        await look(path)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hello.\n", "a text file"),
        ("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/a.ts\n", "a playlist"),
        ('<?xml version="1.0"?><MPD></MPD>', "a playlist"),
        ("<!DOCTYPE html><title>404</title>", "a web page"),
        ("\ufeffÜbung " + "ä" * 600, "a text file"),
    ],
)
async def test_text_named_as_a_video(tmp_path: Path, text: str, kind: str) -> None:
    path = tmp_path / "a.mp4"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NotAVideoError, match=rf"^a\.mp4 is {kind}, not a video$"):
        await look(path)
