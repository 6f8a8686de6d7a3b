"""Common behaviour of `extract_audio` and `cut_clip`: success, or nothing left behind."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.core.config import Settings
from app.core.exceptions import (
    DiskFullError,
    EmptyFileError,
    FFmpegError,
    FFmpegTimeoutError,
    LocalFileError,
    LocalFileNotFoundError,
    MediaError,
    NotAVideoError,
    TruncatedFileError,
)
from app.media import audio, clip_encoder
from tests.fixtures.media import make_picture, make_video, truncate
from tests.media.support.failing_tools import on_full_disk, slow, terminated_by

pytestmark = pytest.mark.usefixtures("clean_environment")

Write = Callable[..., Awaitable[Path]]


async def extract_audio(video: Path, folder: Path, **options: Any) -> Path:
    arguments = {"settings": Settings(), "timeout": 60, **options}
    await audio.extract_audio(video, folder / "a.wav", **arguments)
    return folder / "a.wav"


async def cut_clip(video: Path, folder: Path, **options: Any) -> Path:
    arguments = {"settings": Settings(), "timeout": 60, "start": 0.5, "end": 100, **options}
    await clip_encoder.cut_clip(video, folder / "a.mp4", **arguments)
    return folder / "a.mp4"


@pytest.fixture(params=[extract_audio, cut_clip])
def write(request: pytest.FixtureRequest) -> Write:
    chosen: Write = request.param
    return chosen


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the output folder, which must be empty after failures."""
    made = tmp_path / "made"
    made.mkdir()
    return made


def programs_about(path: Path) -> list[psutil.Process]:
    return [
        child for child in psutil.Process().children(recursive=True) if str(path) in " ".join(child.cmdline())
    ]


async def test_unusable_sources_raise(tmp_path: Path, folder: Path, write: Write) -> None:
    with pytest.raises(LocalFileNotFoundError, match=r"no.mp4 does not exist"):
        await write(tmp_path / "no.mp4", folder)
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(EmptyFileError):
        await write(tmp_path / "empty.mp4", folder)
    (tmp_path / "prose.mp4").write_text("no video at all " * 1000)
    with pytest.raises(MediaError, match=r"prose.mp4"):
        await write(tmp_path / "prose.mp4", folder)
    with pytest.raises(MediaError, match=r"picture.mp4"):
        await write(make_picture(tmp_path / "picture.mp4"), folder)
    with pytest.raises(NotAVideoError, match="is a folder"):
        await write(tmp_path, folder)
    assert list(folder.iterdir()) == []


async def test_playlist_reads_no_other_file(tmp_path: Path, folder: Path, write: Write) -> None:
    make_video(tmp_path / "secret.mp4")
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile secret.mp4\n")
    with pytest.raises(MediaError, match=r"list.mp4"):
        await write(tmp_path / "list.mp4", folder)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
async def test_truncated_file_leaves_nothing(tmp_path: Path, folder: Path, write: Write, name: str) -> None:
    video = make_video(tmp_path / name, seconds=4)
    with pytest.raises(MediaError):
        await write(truncate(video), folder)
    assert list(folder.iterdir()) == []


async def test_truncated_file_error_names_the_reason(tmp_path: Path, folder: Path, write: Write) -> None:
    with pytest.raises(TruncatedFileError, match="is truncated"):
        await write(truncate(make_video(tmp_path / "a.mkv", seconds=4)), folder)


async def test_file_with_zeroed_second_half(tmp_path: Path, folder: Path, write: Write) -> None:
    """The size is correct, but a part is zeros, as after a disk error."""
    video = make_video(tmp_path / "a.mp4", seconds=12)
    content = bytearray(video.read_bytes())
    media, index = content.index(b"mdat") + 4, content.rindex(b"moov") - 4
    assert media < index
    content[(media + index) // 2 : index] = bytes(index - (media + index) // 2)
    video.write_bytes(content)
    with pytest.raises(MediaError, match=r"ends (after|at) \d+|could not be decoded"):
        await write(video, folder)
    assert list(folder.iterdir()) == []


async def test_full_disk(tmp_path: Path, folder: Path, write: Write) -> None:
    settings = Settings(ffmpeg_path=on_full_disk(tmp_path))
    with pytest.raises(DiskFullError, match="no space left") as caught:
        await write(make_video(tmp_path / "a.mp4", seconds=3), folder, settings=settings)
    assert caught.value.retryable
    assert list(folder.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("signal", ["KILL", "TERM"])
async def test_terminated_ffmpeg_is_retryable(
    tmp_path: Path, folder: Path, write: Write, signal: str
) -> None:
    settings = Settings(ffmpeg_path=terminated_by(tmp_path, signal))
    with pytest.raises(FFmpegError, match="FFmpeg was terminated by") as caught:
        await write(make_video(tmp_path / "a.mp4", seconds=30, fps=5), folder, settings=settings)
    assert caught.value.retryable
    assert list(folder.iterdir()) == []


@pytest.mark.slow
async def test_timeout_stops_ffmpeg(tmp_path: Path, folder: Path, write: Write) -> None:
    video = make_video(tmp_path / "a.mp4", seconds=30, fps=5)
    with pytest.raises(FFmpegTimeoutError, match="FFmpeg was stopped after 1 s") as caught:
        await write(video, folder, settings=Settings(ffmpeg_path=slow(tmp_path)), timeout=1)
    assert "FFPROBE" not in str(caught.value.remedy)
    assert programs_about(video) == []
    assert list(folder.iterdir()) == []


@pytest.mark.slow
async def test_cancellation_leaves_no_process_or_file(tmp_path: Path, folder: Path, write: Write) -> None:
    video = make_video(tmp_path / "a.mp4", seconds=30, fps=5)
    started = asyncio.Event()
    running = asyncio.ensure_future(
        write(
            video,
            folder,
            settings=Settings(ffmpeg_path=slow(tmp_path)),
            on_progress=lambda _: started.set(),
        )
    )
    async with asyncio.timeout(30):
        await started.wait()
    assert len(programs_about(video)) == 1
    assert [path.suffix for path in folder.iterdir()] == [".part"]
    running.cancel()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await running
    assert programs_about(video) == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("steps", range(1, 60, 4))
async def test_cancellation_at_any_time(tmp_path: Path, folder: Path, write: Write, steps: int) -> None:
    video = make_video(tmp_path / "a.mp4")
    running = asyncio.ensure_future(write(video, folder))
    for _ in range(steps):
        await asyncio.sleep(0.002)
    running.cancel()
    try:
        await running
    except asyncio.CancelledError:
        assert [path for path in folder.iterdir() if path.suffix == ".part"] == []
    assert programs_about(video) == []


async def test_old_file_is_kept_on_failure(tmp_path: Path, folder: Path, write: Write) -> None:
    made = await write(make_video(tmp_path / "a.mp4"), folder)
    before = made.read_bytes()
    with pytest.raises(MediaError):
        await write(truncate(tmp_path / "a.mp4"), folder)
    assert made.read_bytes() == before


async def test_folder_that_cannot_be_created(tmp_path: Path, write: Write) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalFileError, match="could not be written"):
        await write(make_video(tmp_path / "a.mp4"), tmp_path / "file")
