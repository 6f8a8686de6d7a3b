"""Hostile files are refused with an error that names the limit, and cost little until then."""

import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from app.core.config import BACKEND_DIR, Settings
from app.core.exceptions import DiskFullError, MediaLimitError, OutputLimitError
from app.core.files import disk_space
from app.media import audio, binaries, clip_encoder, ffmpeg, ffprobe, scene_detection, thumbnail
from app.media.key_frames import PictureSource
from app.models.media_info import AudioStream, MediaInfo
from tests.fixtures.media import make_video
from tests.media.support.failing_tools import recording_tools, slow
from tests.media.support.hostile_videos import huge_picture

pytestmark = [pytest.mark.usefixtures("clean_environment"), pytest.mark.slow]

MIB = 1024**2
ALLOWED_VARIABLES = {
    *("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH"),
    "MALLOC_ARENA_MAX",
    "FONTCONFIG_FILE",
    *("PWD", "OLDPWD", "SHLVL", "_"),  # set by the shell of the wrapper
}
SECRETS = ("API_KEY", "DATABASE_URL", "REDIS_PASSWORD", "STORAGE_EMULATOR_TOKEN", "http_proxy", "ANY_TOKEN")
Use = Callable[[Path, Path, Settings], Awaitable[object]]


async def probe(video: Path, _: Path, settings: Settings) -> None:
    await ffprobe.probe(video, settings=settings)


async def make_thumbnail(video: Path, _: Path, settings: Settings) -> None:
    await thumbnail.choose_thumbnail(PictureSource(video), settings=settings)


async def extract_audio(video: Path, folder: Path, settings: Settings) -> None:
    await audio.extract_audio(video, folder / "a.wav", settings=settings, timeout=60)


async def cut_clip(video: Path, folder: Path, settings: Settings) -> None:
    await clip_encoder.cut_clip(video, folder / "clip.mp4", start=0, end=0.5, settings=settings, timeout=60)


async def find_scenes(video: Path, _: Path, settings: Settings) -> None:
    await scene_detection.detect_scene_changes(video, settings=settings, start=0, end=0.5)


async def find_silences(video: Path, _: Path, settings: Settings) -> None:
    await audio.detect_silences(video, settings=settings, start=0, end=0.5)


USES = [probe, make_thumbnail, extract_audio, cut_clip, find_scenes, find_silences]
PICTURE_USES = [probe, make_thumbnail, extract_audio, cut_clip, find_scenes]

PEAK_SCRIPT = """
import asyncio, resource, sys
from pathlib import Path
from app.core.config import Settings
from app.core.exceptions import VideoMomentsError
from tests.media import test_limits
use, video, folder = sys.argv[1:]
try:
    asyncio.run(getattr(test_limits, use)(Path(video), Path(folder), Settings()))
except VideoMomentsError as error:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, error.type)
"""


def peak_memory(use: Use, video: Path, folder: Path) -> tuple[int, str]:
    """Return the peak memory of the media processes in bytes, and the type of the error.

    A fresh process has no other children.
    """
    argv = [sys.executable, "-c", PEAK_SCRIPT, use.__name__, str(video), str(folder)]
    answer = subprocess.run(argv, cwd=BACKEND_DIR, capture_output=True, text=True, check=True).stdout
    peak, error = answer.split()
    return int(peak), error


@pytest.mark.parametrize("use", PICTURE_USES)
async def test_huge_picture_is_refused(tmp_path: Path, use: Use) -> None:
    video = huge_picture(tmp_path / "a.mp4")
    with pytest.raises(
        MediaLimitError, match=r"a\.mp4 has pictures of 16000x16000 = 256000000 pixels; the limit is 40000000"
    ) as caught:
        await use(video, tmp_path, Settings())
    assert "MEDIA_MAX_PIXELS" in str(caught.value.remedy)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize("use", [probe, make_thumbnail, cut_clip])
def test_huge_picture_needs_little_memory(tmp_path: Path, use: Use) -> None:
    peak, error = peak_memory(use, huge_picture(tmp_path / "a.mp4"), tmp_path)
    assert error == "media-limit"
    assert peak < 300 * MIB


async def test_memory_limit_is_enforced_and_named(tmp_path: Path) -> None:
    settings = Settings(media_max_pixels=2**31 - 1, media_memory_limit_mib=512)
    with pytest.raises(MediaLimitError, match=r"a\.mp4 needs more than 512 MiB of memory") as caught:
        await make_thumbnail(huge_picture(tmp_path / "a.mp4"), tmp_path, settings)
    assert "MEDIA_MEMORY_LIMIT_MIB" in str(caught.value.remedy)


async def test_8k_video_is_within_the_limits(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4", size="7680x4320", seconds=0.1, fps=20)
    assert (await ffprobe.probe(video, settings=Settings())).resolution == "7680x4320"
    await make_thumbnail(video, tmp_path, Settings())
    await clip_encoder.cut_clip(
        video, tmp_path / "clip.mp4", start=0, end=0.1, settings=Settings(), timeout=120
    )


@pytest.mark.parametrize("use", USES)
async def test_processes_get_no_secrets_and_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: Use
) -> None:
    tools, records = recording_tools(tmp_path)
    settings = Settings(ffmpeg_path=tools / "ffmpeg", ffprobe_path=tools / "ffprobe")
    video = make_video(tmp_path / "a.mp4")
    (tmp_path / "out").mkdir()
    for name in SECRETS:
        monkeypatch.setenv(name, "secret")
    await use(video, tmp_path / "out", settings)
    found = {path.name for path in records.iterdir()}
    variables = {name.removeprefix("variable ") for name in found if name.startswith("variable ")}
    assert "PATH" in variables
    assert variables <= ALLOWED_VARIABLES
    limits = {name.removeprefix("limit ") for name in found if name.startswith("limit ")}
    assert {"core=0", f"memory={settings.media_memory_limit_mib * 1024}", "files=256"} <= limits
    assert not any(limit.endswith("unlimited") for limit in limits)


async def test_tool_check_gets_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools, records = recording_tools(tmp_path)
    monkeypatch.setenv("API_KEY", "secret")
    await binaries.tool_version(tools / "ffmpeg")
    assert not (records / "variable API_KEY").exists()
    assert (records / "limit core=0").exists()


async def test_output_over_the_limit_is_refused(tmp_path: Path) -> None:
    video, part = make_video(tmp_path / "a.mp4", seconds=3), tmp_path / "a.wav"
    track = audio.SoundTrack(MediaInfo(), AudioStream(index=1, codec="aac"))
    argv = audio.command(binaries.find_ffmpeg(Settings()), video, part, track, max_pixels=10**6)
    with pytest.raises(OutputLimitError, match=r"the conversion of a\.mp4 would exceed 51200 bytes"):
        await ffmpeg.convert(
            argv, source=video, destination=part, max_bytes=51_200, settings=Settings(), timeout=60
        )
    assert part.stat().st_size <= 51_200


@pytest.mark.parametrize("use", [extract_audio, cut_clip])
async def test_full_disk_stops_a_running_conversion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: Use
) -> None:
    """FFmpeg reads in real time, so it is still running when the space is gone."""
    monkeypatch.setattr(ffmpeg, "SPACE_CHECK_SECONDS", 0.1)
    video = make_video(tmp_path / "a.mp4", seconds=30, fps=5)
    settings = Settings(ffmpeg_path=slow(tmp_path))
    (tmp_path / "out").mkdir()
    checked: list[int] = []
    check = disk_space.ensure_free_space

    def becomes_full(folder: Path, size: int) -> None:
        checked.append(size)
        if len(checked) > 2:
            monkeypatch.setattr(disk_space, "RESERVED_BYTES", 2**62)
        check(folder, size)

    monkeypatch.setattr(ffmpeg, "ensure_free_space", becomes_full)
    with pytest.raises(DiskFullError, match="not enough disk space"):
        await use(video, tmp_path / "out", settings)
    assert list((tmp_path / "out").iterdir()) == []


async def test_audio_that_does_not_fit_is_refused_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_space, "RESERVED_BYTES", 2**62)
    with pytest.raises(DiskFullError, match="not enough disk space"):
        await extract_audio(make_video(tmp_path / "a.mp4"), tmp_path / "out", Settings())
