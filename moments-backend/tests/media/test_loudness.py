"""Exports have the target loudness; silence and very short audio stay as they are."""

import math
import re
from pathlib import Path

import pytest

from app.core.config import Settings
from app.media import loudness
from app.media.export_encoder import encode_export
from app.media.loudness import Loudness
from app.models.export import ExportOptions
from tests.fixtures.media import ffmpeg

pytestmark = pytest.mark.usefixtures("clean_environment")

TALK = "0.9*sin(2*PI*180*t)*sin(2*PI*700*t)*pow(abs(sin(2*PI*2.3*t)),2)*gt(sin(2*PI*0.4*t),-0.7)"
"""Syllables with pauses."""


def make(path: Path, expression: str, *, seconds: float = 6) -> Path:
    inputs = (
        "-f",
        "lavfi",
        "-i",
        "color=gray:s=32x32:r=10",
        "-f",
        "lavfi",
        "-i",
        f"aevalsrc='{expression}':s=48000",
    )
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "pcm_s16le")
    ffmpeg(*inputs, "-t", str(seconds), *codecs, path)
    return path


async def export(video: Path, start: float = 0, end: float = 6) -> Path:
    file = video.with_name("export.mp4")
    await encode_export(
        video,
        file,
        start=start,
        end=end,
        options=ExportOptions(),
        metadata={},
        settings=Settings(),
        timeout=60,
    )
    return file


def measure(file: Path) -> tuple[float, float]:
    """Return integrated loudness and true peak (dB)."""
    filters = "ebur128=peak=true:metadata=1:framelog=quiet,ametadata=print:file=-"
    text = ffmpeg("-i", file, "-map", "0:a", "-af", filters, "-f", "null", "-").decode()
    values = {key: float(value) for key, value in re.findall(r"lavfi\.r128\.(I|true_peak)=(\S+)", text)}
    return values["I"], 20 * math.log10(max(values["true_peak"], 1e-9))


SOURCES = {
    "quiet": f"0.05*{TALK}",
    "loud": TALK,
    "peaks": f"0.12*{TALK}+0.8*lt(mod(t,0.7),0.004)*sin(2*PI*1500*t)",
    "inverted pair": f"0.1*{TALK}|-0.1*{TALK}",
}


@pytest.mark.parametrize("name", SOURCES)
async def test_loudness_and_peak_meet_the_target(tmp_path: Path, name: str) -> None:
    before, _ = measure(video := make(tmp_path / "a.mkv", SOURCES[name]))
    assert abs(before + 14) > 1.5
    integrated, peak = measure(await export(video, 0.5, 5.5))
    assert integrated == pytest.approx(-14, abs=1)
    assert peak < -1


async def test_short_range_has_the_same_loudness(tmp_path: Path) -> None:
    """Ranges of less than 3 s have no short-term loudness, on which other normalisers depend."""
    video = make(tmp_path / "a.mkv", f"0.05*{TALK}", seconds=3)
    assert measure(await export(video, 0.7, 2.0))[0] == pytest.approx(-14, abs=1)


async def test_silence_stays_silent(tmp_path: Path) -> None:
    video = make(tmp_path / "a.mkv", "0.0003*sin(2*PI*300*t)", seconds=2)
    assert measure(await export(video, 0, 2))[0] < -60
    assert measure(await export(video, 0, 0.2))[0] < -60  # too short to be measured


async def test_quiet_room_is_not_raised_to_speech(tmp_path: Path) -> None:
    video = make(tmp_path / "a.mkv", "0.002*(random(0)*2-1)", seconds=2)
    before, after = measure(video)[0], measure(await export(video, 0, 2))[0]
    assert after == pytest.approx(before + loudness.MAX_GAIN_DB, abs=3)
    assert after < -25


async def chosen(*measured: Loudness | None) -> tuple[str, ...]:
    """Return the filters chosen after these measurements."""
    results = list(measured)

    async def measure_next(filters: tuple[str, ...]) -> Loudness | None:
        assert bool(filters) == (len(results) < len(measured))
        return results.pop(0)

    filters = await loudness.normalizing_filters(measure_next)
    assert results == []
    return filters


async def test_gain_is_constant_if_peaks_allow_it() -> None:
    assert await chosen(Loudness(-20, -9)) == ("volume=6.00dB",)
    assert await chosen(Loudness(-9, 0)) == ("volume=-5.00dB",)


async def test_limiter_is_added_and_its_loss_restored() -> None:
    filters = await chosen(Loudness(-20, -3), Loudness(-15, -1.5), Loudness(-14.2, -1.5))
    assert filters[0] == "volume=7.00dB"
    assert any(name.startswith("alimiter=limit=0.7943") for name in filters)
    assert (await chosen(Loudness(-20, -3), Loudness(-14.2, -1.5)))[0] == "volume=6.00dB"
    hopeless = [Loudness(-20, 3)] + [Loudness(-19, -1.5)] * 3
    assert (await chosen(*hopeless))[0] == "volume=12.00dB"


async def test_silent_and_unmeasured_audio_is_unchanged() -> None:
    assert await chosen(None) == ()
    assert await chosen(Loudness(-70, float("-inf"))) == ()
    assert await chosen(Loudness(float("-inf"), -90)) == ()
