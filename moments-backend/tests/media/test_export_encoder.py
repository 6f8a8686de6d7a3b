"""Exports of real videos: exact frames, audio in time, captions in the picture, nothing left behind."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from app.core.config import Settings
from app.core.exceptions import CaptionsNotBurnableError, DiskFullError, InvalidRequestError, MediaError
from app.media.export_encoder import encode_export
from app.models.export import CropPosition, ExportOptions
from app.models.transcript import Word
from tests.fixtures.media import ffmpeg, make_video
from tests.media.support.failing_tools import AWKWARD_NAMES, on_full_disk, slow
from tests.media.support.numbered_frames import clicks, ffprobe, frame_at, make_counted, shown
from tests.media.test_capabilities import limited
from tests.media.test_ffmpeg import programs_about

pytestmark = pytest.mark.usefixtures("clean_environment")

Pixels = npt.NDArray[np.uint8]

PLAIN = ExportOptions(normalize_loudness=False, audio_fade=False)
WORDS = (
    Word(word="Hello", start=0.2, end=0.5),
    Word(word="there,", start=0.6, end=0.9),
    Word(word="world.", start=1.0, end=1.3),
)


async def export(
    video: Path, start: float = 0.0, end: float = 1.0, *, words: Sequence[Word] = (), **changes: Any
) -> Path:
    """Export a range; `changes` are options of the export, or arguments of the encoder."""
    arguments: dict[str, Any] = {
        name: changes.pop(name)
        for name in ("settings", "metadata", "audio_stream", "on_progress", "timeout", "destination")
        if name in changes
    }
    destination = arguments.pop("destination", video.with_name("export.mp4"))
    options = PLAIN.model_copy(update=changes)
    defaults: dict[str, Any] = {"settings": Settings(), "metadata": {}, "timeout": 60}
    await encode_export(
        video, destination, start=start, end=end, options=options, words=words, **(defaults | arguments)
    )
    return Path(destination)


def picture_at(file: Path, seconds: float) -> Pixels:
    """Return the frame displayed at a time as rows of RGB pixels."""
    (stream,) = (stream for stream in ffprobe(file)["streams"] if stream["codec_type"] == "video")
    raw = ("-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    pixels = ffmpeg("-ss", str(seconds), "-i", file, *raw)
    return np.frombuffer(pixels, np.uint8).reshape(stream["height"], stream["width"], 3)


@pytest.mark.parametrize(
    ("fps", "start", "end"),
    [("25", 1.04, 2.2), ("25", 1.0399, 2.201), ("30000/1001", 0.5005, 1.2345), ("60", 0.0111, 0.2)],
)
async def test_first_and_last_frame_are_exact(tmp_path: Path, fps: str, start: float, end: float) -> None:
    video = make_counted(tmp_path / "a.mp4", fps=fps, seconds=3)
    numbers = [
        number
        for _, number in shown(await export(video, start, end, normalize_loudness=True, audio_fade=True))
    ]
    assert numbers == list(range(frame_at(start, fps), frame_at(end - 0.0005, fps) + 1))


@pytest.mark.parametrize(
    ("start", "end", "numbers"), [(1.9, 3.1, [30]), (3.1, 3.65, [30, 90, 91]), (3.0, 3.9, [30, 90, 91, 92])]
)
async def test_file_ends_with_the_range(tmp_path: Path, start: float, end: float, numbers: list[int]) -> None:
    """A slide of a screen recording lasts longer than the range."""
    slides = ",select='eq(n,0)+eq(n,30)+gte(n,90)*lt(n,93)'"
    options = ("-fps_mode", "vfr", "-c:v", "libx264")
    video = make_counted(tmp_path / "a.mp4", picture=slides, sound=None, options=options)
    file = await export(video, start, end)
    assert [number for _, number in shown(file)] == numbers
    assert float(ffprobe(file)["format"]["duration"]) == pytest.approx(end - start, abs=0.001)


async def test_audio_stays_in_time_with_all_filters(tmp_path: Path) -> None:
    video = make_counted(tmp_path / "a.mkv", options=("-c:v", "libx264", "-c:a", "libopus"))
    file = await export(video, 0.7, 3.3, normalize_loudness=True, audio_fade=True)
    assert clicks(file) == pytest.approx([0.3, 1.3, 2.3], abs=0.012)
    assert float(ffprobe(file)["format"]["duration"]) == pytest.approx(2.6, abs=0.05)


async def test_audio_fades_at_both_cuts(tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mov", seconds=2)
    file = await export(video, 0.5, 1.5, audio_fade=True)
    samples = np.frombuffer(
        ffmpeg("-i", file, "-f", "s16le", "-ac", "1", "-ar", "48000", "-"), np.int16
    ).astype(int)
    loud = np.abs(samples[12_000:36_000]).max()
    assert np.abs(samples[:96]).max() < loud / 3
    assert np.abs(samples[47_904:48_000]).max() < loud / 3
    assert np.abs(samples[2_000:4_000]).max() > 0.9 * loud


async def test_metadata_is_written_on_one_line(tmp_path: Path) -> None:
    comment = "From “A talk”\n0:01–0:02; a=b\x07 " + "x" * 2000
    tags = {"title": "Ünïcode / 100 %", "comment": comment}
    file = await export(make_video(tmp_path / "a.mp4"), metadata=tags)
    found = ffprobe(file)["format"]["tags"]
    assert found["title"] == "Ünïcode / 100 %"
    assert found["comment"].startswith("From “A talk” 0:01–0:02; a=b xxx")
    assert len(found["comment"]) == 1000
    assert str(tmp_path).encode() not in file.read_bytes()


QUADRANTS = (
    "color=red:s=160x90[a];color=lime:s=160x90[b];color=blue:s=160x90[c];color=white:s=160x90[d];"
    "[a][b]hstack[top];[c][d]hstack[bottom];[top][bottom]vstack,format=yuv420p"
)
RED, LIME, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def quadrants(path: Path, *options: str) -> Path:
    """Write a 320x180 video: red and lime above blue and white."""
    ffmpeg("-filter_complex", QUADRANTS, "-t", "0.4", "-c:v", "libx264", *options, path)
    return path


def assert_color(picture: Pixels, left: float, top: float, color: tuple[int, int, int]) -> None:
    """Check the pixel at a position given in parts of width and height."""
    height, width, _ = picture.shape
    found = picture[round(top * (height - 1)), round(left * (width - 1))].astype(int)
    assert np.abs(found - color).max() < 40, (found, color)


@pytest.mark.parametrize(
    ("x", "left", "right"), [(0.0, RED, RED), (0.5, RED, LIME), (1.0, LIME, LIME)], ids=["0", "half", "1"]
)
async def test_crop_position_chooses_the_part(
    tmp_path: Path, x: float, left: tuple[int, int, int], right: tuple[int, int, int]
) -> None:
    video = quadrants(tmp_path / "a.mp4")
    picture = picture_at(await export(video, 0, 0.2, format="9:16", crop=CropPosition(x=x)), 0)
    assert picture.shape == (320, 180, 3)
    assert_color(picture, 0.05, 0.1, left)
    assert_color(picture, 0.95, 0.1, right)
    assert_color(picture, 0.05, 0.9, BLUE if left == RED else WHITE)


async def test_portrait_is_cropped_vertically(tmp_path: Path) -> None:
    """A rotated phone video is cropped as it is seen."""
    upright = quadrants(tmp_path / "a.mp4")
    video = tmp_path / "b.mp4"
    ffmpeg("-display_rotation", "90", "-i", upright, "-c", "copy", video)
    whole = picture_at(await export(video, 0, 0.2), 0)
    assert whole.shape == (320, 180, 3)
    below = picture_at(await export(video, 0, 0.2, format="1:1", crop=CropPosition(y=1)), 0)
    assert below.shape == (180, 180, 3)
    for left in (0.1, 0.9):
        assert_color(below, left, 0.9, tuple(whole[300, round(left * 179)]))
        assert_color(below, left, 0.3, tuple(whole[200, round(left * 179)]))


async def test_blur_shows_the_whole_picture(tmp_path: Path) -> None:
    picture = picture_at(await export(quadrants(tmp_path / "a.mp4"), 0, 0.2, format="9:16", fill="blur"), 0)
    assert picture.shape == (320, 180, 3)
    top, bottom = (0.5 - 0.15), (0.5 + 0.13)  # 102 of 320 rows in the middle
    assert_color(picture, 0.05, top + 0.02, RED)
    assert_color(picture, 0.95, top + 0.02, LIME)
    assert_color(picture, 0.05, bottom, BLUE)
    above = picture[40, 10].astype(int)
    assert 80 < above[0] < 200  # dark red
    assert max(above[1:]) < 60
    across = picture[40, :, 1].astype(int)
    assert np.abs(np.diff(across)).max() < 40  # no sharp edge


@pytest.mark.slow
async def test_anamorphic_and_odd_sizes(tmp_path: Path) -> None:
    wide = make_video(tmp_path / "a.mp4", seconds=0.4, size="180x144", sample_aspect_ratio="16:11")
    odd = make_video(tmp_path / "b.mp4", seconds=0.4, size="161x121", video_codec="mpeg4")
    for video, format_, size in (
        (wide, "1:1", (144, 144)),
        (odd, "4:5", (120, 150)),
        (odd, "16:9", (214, 120)),
    ):
        for fill in ("crop", "blur"):
            picture = picture_at(await export(video, 0, 0.2, format=format_, fill=fill), 0)
            assert picture.shape[1::-1] == size


async def test_changing_picture_sizes_keep_the_format(tmp_path: Path) -> None:
    parts = []
    for number, size in enumerate(("160x90", "90x160", "320x180")):
        part = tmp_path / f"{number}.ts"
        times = ("-output_ts_offset", str(number * 0.48), "-muxdelay", "0", "-c:v", "libx264")
        ffmpeg("-f", "lavfi", "-i", f"color=white:s={size}:r=25:d=0.48", *times, part)
        parts.append(part.read_bytes())
    video = tmp_path / "a.ts"
    video.write_bytes(b"".join(parts))
    for fill in ("crop", "blur"):
        file = await export(video, 0, 1.4, format="1:1", fill=fill)
        (stream,) = ffprobe(file)["streams"]
        assert (stream["width"], stream["height"]) == (90, 90)
        assert len(ffprobe(file)["frames"]) == pytest.approx(35, abs=1)


@pytest.mark.parametrize("fill", ["crop", "blur"])
async def test_hdr_becomes_tagged_sdr_in_any_format(tmp_path: Path, fill: str) -> None:
    video = tmp_path / "hdr.mp4"
    grey = "color=0x656565:s=320x180,format=yuv444p,setparams=range=tv:colorspace=bt709:color_primaries=bt709"
    to_pq = (
        "color_trc=bt709,zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020,"
        "zscale=t=smpte2084:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
    )
    marks = "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
    ffmpeg(
        *("-f", "lavfi", "-i", f"{grey}:{to_pq}", "-t", "0.3", "-c:v", "libx265", "-preset", "ultrafast"),
        *("-x265-params", marks, video),
    )
    file = await export(video, 0, 0.2, format="1:1", fill=fill)
    stream = ffprobe(file)["streams"][0]
    assert [stream[f"color_{name}"] for name in ("space", "primaries", "transfer")] == ["bt709"] * 3
    assert stream["pix_fmt"] == "yuv420p"
    assert_color(picture_at(file, 0), 0.5, 0.5, (101, 101, 101))


async def test_video_without_audio_and_late_picture(tmp_path: Path) -> None:
    silent = make_counted(tmp_path / "a.mp4", sound=None, seconds=2)
    file = await export(silent, 0.5, 1, normalize_loudness=True, audio_fade=True)
    assert [stream["codec_type"] for stream in ffprobe(file)["streams"]] == ["video"]
    late = tmp_path / "late.mkv"
    whole = make_counted(tmp_path / "b.mkv", seconds=3)
    ffmpeg("-itsoffset", "2", "-i", whole, "-i", whole, "-map", "0:v", "-map", "1:a", "-c", "copy", late)
    black = picture_at(await export(late, 0, 1, format="1:1", words=WORDS, captions="burned"), 0)
    assert black.shape == (32, 32, 3)


def text_pixels(file: Path, seconds: float) -> int:
    """Return how many pixels of a black video are bright."""
    return int((picture_at(file, seconds).max(axis=2) > 128).sum())


@pytest.fixture(scope="module")
def black(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(
        tmp_path_factory.mktemp("black") / "a.mp4", seconds=3, size="320x180", pattern="color=black"
    )


@pytest.mark.parametrize("style", ["classic", "bold", "karaoke"])
async def test_captions_are_shown_while_spoken(
    tmp_path: Path, black: Path, style: str, caplog: pytest.LogCaptureFixture
) -> None:
    words = [Word(word=word.word, start=word.start + 0.5, end=word.end + 0.5) for word in WORDS]
    file = await export(
        black, 0.5, 3, words=words, captions="burned", caption_style=style, destination=tmp_path / "b.mp4"
    )
    assert text_pixels(file, 0.1) == 0
    assert text_pixels(file, 0.3) > 100
    assert text_pixels(file, 1.2) > 100
    assert text_pixels(file, 2.3) == 0
    rows = np.flatnonzero((picture_at(file, 0.5).max(axis=2) > 128).any(axis=1))
    assert 0.6 * 180 < rows.min() < rows.max() < 0.95 * 180
    assert [path.name for path in tmp_path.iterdir()] == ["b.mp4"]
    assert caplog.messages == []


async def test_captions_keep_safe_areas_of_portrait(tmp_path: Path, black: Path) -> None:
    words = [Word(word="Wideword", start=0.1 * n, end=0.1 * n + 0.1) for n in range(20)]
    file = await export(
        black, 0, 2, words=words, captions="burned", caption_style="bold", format="9:16",
        destination=tmp_path / "b.mp4",
    )  # fmt: skip
    bright = picture_at(file, 0.5).max(axis=2) > 128
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    assert rows.max() < 0.8 * 320
    assert columns.min() > 0.08 * 180
    assert columns.max() < 0.9 * 180


def yellow_columns(file: Path, seconds: float) -> npt.NDArray[np.int_]:
    picture = picture_at(file, seconds).astype(int)
    return np.flatnonzero(((picture[..., 0] > 180) & (picture[..., 2] < 110)).any(axis=0))


@pytest.mark.parametrize(
    "words", [("left", "middle", "right"), ("שמאל", "אמצע", "ימין")], ids=["latin", "hebrew"]
)
async def test_karaoke_highlights_the_spoken_word(
    tmp_path: Path, black: Path, words: tuple[str, ...]
) -> None:
    timed = [Word(word=word, start=0.2 + n * 0.6, end=0.7 + n * 0.6) for n, word in enumerate(words)]
    file = await export(
        black, 0, 2.6, words=timed, captions="burned", caption_style="karaoke", destination=tmp_path / "b.mp4"
    )
    middles = [yellow_columns(file, at).mean() for at in (0.4, 1.0, 1.6)]
    assert middles == sorted(middles, reverse=words[0] == "שמאל")
    assert abs(middles[0] - middles[2]) > 40
    assert yellow_columns(file, 2.1).size == 0  # after the last word


async def test_captions_without_burning_change_nothing(tmp_path: Path, black: Path) -> None:
    file = await export(black, 0, 1, words=WORDS, captions="sidecar", destination=tmp_path / "b.mp4")
    assert text_pixels(file, 0.5) == 0


@pytest.mark.parametrize("name", AWKWARD_NAMES)
async def test_captions_in_awkward_folders(tmp_path: Path, black: Path, name: str) -> None:
    folder = tmp_path / f"{name}, [x];"
    file = await export(black, 0, 0.6, words=WORDS, captions="burned", destination=folder / "b.mp4")
    assert text_pixels(file, 0.4) > 40
    assert [path.name for path in folder.iterdir()] == ["b.mp4"]


async def test_unwritable_script_is_refused_before_work(tmp_path: Path, black: Path) -> None:
    words = [Word(word="你好", start=0.1, end=0.5)]
    with pytest.raises(CaptionsNotBurnableError, match="Chinese characters"):
        await export(black, words=words, captions="burned", destination=tmp_path / "b.mp4")
    assert list(tmp_path.iterdir()) == []


async def test_ffmpeg_without_libass_is_named(tmp_path: Path, black: Path) -> None:
    program = tmp_path / "ffmpeg"
    lacking = limited(tmp_path, "ass").read_text().replace('*) exec "$FFMPEG" "$@";;', _WITHOUT_ASS)
    program.write_text(lacking)
    with pytest.raises(MediaError, match="this FFmpeg has no filter ass") as caught:
        await export(
            black, words=WORDS, captions="burned", settings=Settings(ffmpeg_path=program),
            destination=tmp_path / "b.mp4",
        )  # fmt: skip
    assert "doctor" in str(caught.value.remedy)


_WITHOUT_ASS = '*) exec "$FFMPEG" "${@//ass=filename/as0=filename}";;'.replace("as0", "ass_missing")


async def test_full_disk_leaves_nothing(tmp_path: Path, black: Path) -> None:
    folder = tmp_path / "out"
    with pytest.raises(DiskFullError, match="no space left"):
        await export(
            black, words=WORDS, captions="burned", settings=Settings(ffmpeg_path=on_full_disk(tmp_path)),
            destination=folder / "b.mp4",
        )  # fmt: skip
    assert list(folder.iterdir()) == []


async def test_cancelling_ends_ffmpeg_and_leaves_nothing(tmp_path: Path, black: Path) -> None:
    started = asyncio.Event()
    folder = tmp_path / "out"
    settings = Settings(ffmpeg_path=slow(tmp_path))
    running = asyncio.ensure_future(
        export(
            black, 0, 3, words=WORDS, captions="burned", settings=settings, destination=folder / "b.mp4",
            on_progress=lambda _: started.set(),
        )
    )  # fmt: skip
    async with asyncio.timeout(30):
        await started.wait()
    assert len(programs_about(black)) == 1
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert programs_about(black) == []
    assert list(folder.iterdir()) == []


async def test_progress_is_in_seconds_of_the_export(tmp_path: Path, black: Path) -> None:
    progress: list[float] = []
    await export(
        black, 0.5, 2.5, normalize_loudness=True, on_progress=progress.append, destination=tmp_path / "b.mp4"
    )
    assert progress == sorted(set(progress))
    assert progress[-1] == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(("start", "end"), [(2, 1), (1, 1), (-1, 1), (float("nan"), 1)])
async def test_invalid_ranges_raise(black: Path, start: float, end: float) -> None:
    with pytest.raises(ValueError, match="invalid range"):
        await export(black, start, end)


async def test_range_after_the_end_and_unknown_track(tmp_path: Path, black: Path) -> None:
    with pytest.raises(MediaError, match=r"ends at 3\.0 s, before the start"):
        await export(black, 9, 10, normalize_loudness=True, destination=tmp_path / "b.mp4")
    with pytest.raises(InvalidRequestError, match="audio tracks are"):
        await export(black, audio_stream=7, destination=tmp_path / "b.mp4")
    assert list(tmp_path.iterdir()) == []
