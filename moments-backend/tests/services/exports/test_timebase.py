"""Frame rates and timecodes; the drop-frame values are those of SMPTE ST 12-1."""

import pytest

from app.services.exports.markers.timebase import Timebase, choose_rate, is_drop_timecode

NTSC, NTSC_60, FILM = (30000, 1001), (60000, 1001), (24000, 1001)


@pytest.mark.parametrize(
    ("rate", "frame", "timecode"),
    [
        (NTSC, 0, "00:00:00;00"),
        (NTSC, 1799, "00:00:59;29"),
        (NTSC, 1800, "00:01:00;02"),
        (NTSC, 3597, "00:01:59;29"),
        (NTSC, 3598, "00:02:00;02"),
        (NTSC, 17981, "00:09:59;29"),
        (NTSC, 17982, "00:10:00;00"),
        (NTSC, 107892, "01:00:00;00"),
        (NTSC_60, 3599, "00:00:59;59"),
        (NTSC_60, 3600, "00:01:00;04"),
        (NTSC_60, 35964, "00:10:00;00"),
        (FILM, 86400, "01:00:00:00"),
        ((24, 1), 25, "00:00:01:01"),
        ((25, 1), 90000, "01:00:00:00"),
        ((30, 1), 1800, "00:01:00:00"),
        ((50, 1), 49, "00:00:00:49"),
        ((60, 1), 216000, "01:00:00:00"),
        ((25, 1), 25 * 86400, "00:00:00:00"),
    ],
)
def test_timecode(rate: tuple[int, int], frame: int, timecode: str) -> None:
    timebase = Timebase.of(rate)
    assert timebase.timecode(frame) == timecode
    if frame < timebase.nominal * 86000:
        assert timebase.parse(timecode) == frame


@pytest.mark.parametrize("rate", [NTSC, NTSC_60])
def test_drop_frame_keeps_real_time(rate: tuple[int, int]) -> None:
    timebase = Timebase.of(rate)
    for hour in range(1, 24):
        text = timebase.timecode(timebase.frame_at(hour * 3600))
        assert text.startswith(f"{hour:02}:00:00;0")
    numbers = [timebase.timecode(frame) for frame in range(40_000)]
    assert len(set(numbers)) == len(numbers)
    assert numbers == sorted(numbers)
    assert [timebase.parse(text) for text in numbers] == list(range(40_000))


@pytest.mark.parametrize(
    ("frame_rate", "rate"),
    [
        (29.97, NTSC),
        (30000 / 1001, NTSC),
        (29.965, NTSC),
        (30.0, (30, 1)),
        (23.976, FILM),
        (24.0, (24, 1)),
        (59.94, NTSC_60),
        (25.0, (25, 1)),
        (12.5, (25, 1)),
        (15.0, (30, 1)),
        (10.0, (30, 1)),
        (120.0, (60, 1)),
        (119.88, NTSC_60),
        (240.0, (60, 1)),
        (26.0, (25, 1)),
        (29.4, NTSC),
        (1000.0, (60, 1)),
        (0.02, FILM),
        (None, (25, 1)),
    ],
)
def test_rates_of_sources(frame_rate: float | None, rate: tuple[int, int]) -> None:
    assert choose_rate(frame_rate) == rate


def test_timecodes_of_cameras() -> None:
    assert is_drop_timecode("01:00:00;00")
    assert not is_drop_timecode("01:00:00:00")
    counted = Timebase.of(NTSC, is_drop=False)
    assert counted.timecode(1800) == "00:01:00:00"
    assert counted.parse("01:00:00:00") == 108_000
    for invalid in ("", "1:2:3:4", "00:00:00:30", "00:60:00:00", "x"):
        assert counted.parse(invalid) is None, invalid


def test_times_are_rational() -> None:
    assert Timebase.of(NTSC).seconds_of(1) == "1001/30000s"
    assert Timebase.of(NTSC).seconds_of(30000) == "1001s"
    assert Timebase.of((25, 1)).seconds_of(0) == "0s"
    assert Timebase.of((25, 1)).seconds_of(26) == "26/25s"
