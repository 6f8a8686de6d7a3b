"""Detection of cuts in a real video."""

from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.exceptions import LocalFileNotFoundError, MediaError
from app.media import scene_detection
from app.models.media_info import MediaInfo, VideoStream
from tests.fixtures.media import ffmpeg, make_audio, make_video

pytestmark = pytest.mark.usefixtures("clean_environment")

PICTURES = [
    "testsrc",
    "color=white",
    "smptebars",
    "mandelbrot",
    "color=navy",
    "rgbtestsrc",
    "yuvtestsrc",
    "cellauto",
]
SECONDS = 1.54


@pytest.fixture(scope="module")
def eight_shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a video of eight shots of 1.54 s."""
    path = tmp_path_factory.mktemp("shots") / "a.mp4"
    inputs: list[str] = []
    for picture in PICTURES:
        options = f"{picture}{':' if '=' in picture else '='}size=640x360:rate=50"
        inputs += ["-f", "lavfi", "-t", str(SECONDS), "-i", options]
    same = "".join(f"[{index}]format=yuv420p,setsar=1[{index}v];" for index in range(len(PICTURES)))
    joined = "".join(f"[{index}v]" for index in range(len(PICTURES))) + f"concat=n={len(PICTURES)}"
    ffmpeg(*inputs, "-filter_complex", same + joined, "-c:v", "libx264", "-preset", "ultrafast", path)
    return path


async def cuts(video: Path, start: float, end: float) -> list[float]:
    return await scene_detection.detect_scene_changes(video, settings=Settings(), start=start, end=end)


def test_command_arguments() -> None:
    info = MediaInfo(video=(VideoStream(index=1, codec="h264"),))
    video = Path("/v/a.mp4")
    argv = scene_detection.command(Path("/bin/ffmpeg"), video, info, start=3, end=9.5, max_pixels=9)
    assert [argv[argv.index(option) + 1] for option in ("-ss", "-t", "-i", "-map")] == [
        *("3.000000", "6.500000", "file:/v/a.mp4", "0:1")
    ]
    assert argv[argv.index("-vf") + 1].startswith("fps=5:round=up,scale=320:-2,scdet=")
    assert argv[-3:] == ["-f", "null", "-"]


@pytest.mark.slow
async def test_every_cut_is_found_once_and_not_early(eight_shots: Path) -> None:
    made = [SECONDS * number for number in range(1, len(PICTURES))]
    found = await cuts(eight_shots, 0, SECONDS * len(PICTURES))
    assert len(found) == len(made)
    for cut, expected in zip(found, made, strict=True):
        assert expected - 0.021 <= cut <= expected + 0.21


@pytest.mark.slow
async def test_times_are_relative_to_the_video(eight_shots: Path) -> None:
    found = await cuts(eight_shots, 2.5, 5.5)
    assert found == [pytest.approx(2 * SECONDS, abs=0.21), pytest.approx(3 * SECONDS, abs=0.21)]
    assert await cuts(eight_shots, 1.8, 2.8) == []


async def test_source_without_video_raises(tmp_path: Path) -> None:
    with pytest.raises(MediaError):
        await cuts(make_audio(tmp_path / "a.mp4"), 0, 1)
    with pytest.raises(LocalFileNotFoundError):
        await cuts(tmp_path / "b.mp4", 0, 1)
    with pytest.raises(ValueError, match="invalid range"):
        await cuts(make_video(tmp_path / "c.mp4"), 1, 1)
