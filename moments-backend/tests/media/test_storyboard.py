"""Storyboards of real videos."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.exceptions import NotAVideoError
from app.media import binaries, overview, storyboard
from app.media.ffprobe import probe
from app.media.key_frames import PictureSource
from tests.fixtures.media import ffmpeg, make_audio, make_video
from tests.media.support.numbered_frames import BITS, make_counted

pytestmark = pytest.mark.usefixtures("clean_environment")

CUE = re.compile(
    r"(\d\d):(\d\d):(\d\d\.\d{3}) --> (\S+)\nstoryboard\.jpg\?v=(\w+)#xywh=(\d+),(\d+),(\d+),(\d+)\n"
)


@dataclass(frozen=True)
class Tile:
    start: float
    place: tuple[int, int, int, int]


@dataclass(frozen=True)
class Made:
    """A storyboard, read without the product's code."""

    tiles: list[Tile]
    end: str
    width: int
    pixels: bytes

    @property
    def height(self) -> int:
        return len(self.pixels) // self.width

    def number(self, tile: Tile) -> int:
        """Return the number of the counted frame that the tile shows."""
        x, y, width, height = tile.place
        row = (y + height // 2) * self.width + x
        return sum(
            1 << bit for bit in range(BITS) if self.pixels[row + int((bit + 0.5) * width / BITS)] > 128
        )


async def source_of(video: Path) -> PictureSource:
    info = (await probe(video, settings=Settings())).info
    return PictureSource(video, info, info.duration_seconds)


async def made(video: Path, *, by_seeking: bool = False) -> Made:
    board = await storyboard.make_storyboard(
        await source_of(video), source_bytes=7, by_seeking=by_seeking, settings=Settings()
    )
    assert board.cues.startswith("WEBVTT\n\n")
    cues = CUE.findall(board.cues)
    assert {cue[4] for cue in cues} == {storyboard.version_of(board.sheet)}
    facts = storyboard.facts_of(board.cues)
    assert facts is not None
    assert facts.source_bytes == 7
    tiles = [
        Tile(int(hours) * 3600 + int(minutes) * 60 + float(seconds), tuple(map(int, place)))  # type: ignore[arg-type]
        for hours, minutes, seconds, _, _, *place in cues
    ]
    width = max(tile.place[0] + tile.place[2] for tile in tiles)
    pixels = ffmpeg(
        "-f", "jpeg_pipe", "-i", "-", "-f", "rawvideo", "-pix_fmt", "gray", "-", stdin=board.sheet
    )
    return Made(tiles, cues[-1][3], width, pixels)


ENCODED = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.avi"])
async def test_tiles_show_the_frames_of_their_times(tmp_path: Path, name: str) -> None:
    offset = () if name == "a.avi" else ("-output_ts_offset", "5000")
    options = (*(("-c:v", "mpeg4") if name == "a.avi" else ENCODED), *offset)
    video = make_counted(tmp_path / name, seconds=6, key_frames_every=25, options=options)
    board = await made(video)
    assert all(abs(board.number(tile) - tile.start * 25) <= 1 for tile in board.tiles)
    assert len(board.tiles) >= 5


@pytest.mark.parametrize("options", [("-sc_threshold", "0"), ("-x264-params", "intra-refresh=1")])
async def test_video_with_one_key_frame_is_decoded(tmp_path: Path, options: tuple[str, ...]) -> None:
    video = make_counted(tmp_path / "a.mp4", seconds=5, key_frames_every=9999, options=(*ENCODED, *options))
    board = await made(video)
    assert [board.number(tile) for tile in board.tiles] == [0, 25, 50, 75, 100]


async def test_late_picture_keeps_its_time(tmp_path: Path) -> None:
    video = make_counted(tmp_path / "a.mp4", seconds=3, key_frames_every=25, sound=None)
    late = tmp_path / "late.mp4"
    tone = ("-f", "lavfi", "-t", "5", "-i", "sine")
    ffmpeg(*tone, "-itsoffset", "2", "-i", video, "-map", "0", "-map", "1", "-c:v", "copy", late)
    board = await made(late)
    assert [(round(tile.start), board.number(tile)) for tile in board.tiles] == [(0, 0), (3, 25), (4, 50)]


async def test_tiles_are_limited_and_in_rows(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4", seconds=400, fps=2, size="160x90", audio=False)
    recoded = tmp_path / "b.mp4"
    ffmpeg("-i", video, "-c:v", "libx264", "-preset", "ultrafast", "-g", "2", recoded)
    board = await made(recoded)
    assert overview.MAX_FRAMES / 2 <= len(board.tiles) <= overview.MAX_FRAMES
    assert board.tiles[11].place == (160, 90, 160, 90)
    assert board.width == storyboard.COLUMNS * 160
    assert board.end == "00:06:40.000"
    assert all(one.start < other.start for one, other in zip(board.tiles, board.tiles[1:], strict=False))


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"size": "640x360"}, (160, 90)),
        ({"size": "640x360", "rotation": 90}, (90, 160)),
        ({"size": "720x576", "sample_aspect_ratio": "64:45"}, (160, 90)),
        ({"size": "64x48", "cover_art": True}, (64, 48)),
    ],
)
async def test_tiles_keep_the_aspect(tmp_path: Path, options: dict[str, str], size: tuple[int, int]) -> None:
    board = await made(make_video(tmp_path / "a.mp4", seconds=0.2, **options))  # type: ignore[arg-type]
    assert board.tiles[0].place == (0, 0, *size)


async def test_positions_of_a_large_file_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "SEEKS", 6)
    video = make_counted(tmp_path / "a.mp4", seconds=12, key_frames_every=50)
    board = await made(video, by_seeking=True)
    assert [board.number(tile) for tile in board.tiles] == [0, 50, 100, 150, 200, 250]
    assert [round(tile.start) for tile in board.tiles] == [0, 2, 4, 6, 8, 10]


async def test_old_ffmpeg_without_input_filters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions before 7.0 refuse `-bsf` before an input."""
    old = tmp_path / "ffmpeg"
    real = binaries.find_ffmpeg(Settings())
    message = "Option bsf (bitstream filters) cannot be applied to input url"
    old.write_text(
        f'#!/bin/sh\ncase "$*" in *-bsf*) echo "{message}" >&2; exit 1;; esac\nexec "{real}" "$@"\n'
    )
    old.chmod(0o755)
    video = make_counted(tmp_path / "a.mp4", seconds=6, key_frames_every=25)
    monkeypatch.setenv("FFMPEG_PATH", str(old))
    board = await made(video)
    assert [board.number(tile) for tile in board.tiles] == [0, 25, 50, 75, 100, 125]


async def test_audio_has_no_storyboard(tmp_path: Path) -> None:
    sound = PictureSource(make_audio(tmp_path / "a.mp4", codec="aac", container="mp4"))
    with pytest.raises(NotAVideoError, match=r"no frame could be decoded from a\.mp4"):
        await storyboard.make_storyboard(sound, source_bytes=0, by_seeking=False, settings=Settings())


def test_other_cues_have_no_facts() -> None:
    assert storyboard.facts_of("WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n") is None
