"""Frame rates and timecodes of video editors.

Drop-frame timecode leaves out frame numbers, not frames: ;00 and ;01 (at 59.94 also ;02 and ;03) of every
minute that is not a multiple of ten, so that an hour of timecode takes an hour (SMPTE ST 12-1).
"""

import re
from dataclasses import dataclass

STANDARD_RATES = (
    (24000, 1001),
    (24, 1),
    (25, 1),
    (30000, 1001),
    (30, 1),
    (48, 1),
    (50, 1),
    (60000, 1001),
    (60, 1),
)
"""Rates of the timelines of all common editors, as numerator and denominator."""
DEFAULT_RATE = (25, 1)
"""Rate of a source without pictures."""

RATE_TOLERANCE = 0.0005
"""Half of the difference between 29.97 and 30: averages of short files are not exact."""
MAX_FACTOR = 12
DROP_RATES = {(30000, 1001): 2, (60000, 1001): 4}
"""Frame numbers that each minute leaves out."""

_TIMECODE = re.compile(r"(\d\d):([0-5]\d):([0-5]\d)([:;.])(\d\d)")


@dataclass(frozen=True, slots=True)
class Timebase:
    """A constant frame rate and its way of counting.

    Attributes:
        is_drop: count with drop-frame timecode; only for 29.97 and 59.94.
    """

    numerator: int
    denominator: int
    is_drop: bool

    @classmethod
    def of(cls, rate: tuple[int, int], *, is_drop: bool = True) -> "Timebase":
        return cls(*rate, is_drop=is_drop and rate in DROP_RATES)

    @property
    def nominal(self) -> int:
        """Frames per second of timecode: 30 for 29.97."""
        return round(self.numerator / self.denominator)

    def frame_at(self, seconds: float) -> int:
        """Return the number of the frame nearest to a time."""
        return round(seconds * self.numerator / self.denominator)

    def seconds_of(self, frames: int) -> str:
        """Return the time of a frame as an exact rational number of seconds, such as `1001/30000s`."""
        seconds, rest = divmod(frames * self.denominator, self.numerator)
        return f"{frames * self.denominator}/{self.numerator}s" if rest else f"{seconds}s"

    def timecode(self, frame: int) -> str:
        """Return `HH:MM:SS:FF`, with `;` before the frame in drop-frame timecode; it wraps after 24 hours."""
        if self.is_drop:
            frame += self._dropped_before(frame)
        seconds, frames = divmod(frame, self.nominal)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours % 24:02}:{minutes:02}:{seconds:02}{';' if self.is_drop else ':'}{frames:02}"

    def parse(self, timecode: str) -> int | None:
        """Return the frame of a timecode; None if it is not one at this rate."""
        if not (match := _TIMECODE.fullmatch(timecode.strip())):
            return None
        hours, minutes, seconds, _, frames = match.groups()
        total_minutes = int(hours) * 60 + int(minutes)
        if int(frames) >= self.nominal:
            return None
        frame = (total_minutes * 60 + int(seconds)) * self.nominal + int(frames)
        dropped = DROP_RATES[self.numerator, self.denominator] if self.is_drop else 0
        return frame - dropped * (total_minutes - total_minutes // 10)

    def _dropped_before(self, frame: int) -> int:
        """Return how many numbers were left out up to the frame with this count."""
        dropped = DROP_RATES[self.numerator, self.denominator]
        per_minute = self.nominal * 60 - dropped
        tens, rest = divmod(frame, per_minute * 10 + dropped)
        # The first minute of ten leaves nothing out.
        minutes = max(0, rest - dropped) // per_minute
        return dropped * (9 * tens + minutes)


def choose_rate(frame_rate: float | None) -> tuple[int, int]:
    """Return the standard rate of a source with this average rate.

    Sources with a multiple or fraction of a standard rate (12.5, 120) get that rate; others, such as those
    with a variable rate, get the nearest one, to which editors conform them too.
    """
    if frame_rate is None or frame_rate <= 0:
        return DEFAULT_RATE
    for factor in range(1, MAX_FACTOR + 1):
        for scaled in (frame_rate * factor, frame_rate / factor):
            nearest = min(STANDARD_RATES, key=lambda rate: _distance(rate, scaled))
            if _distance(nearest, scaled) <= RATE_TOLERANCE:
                return nearest
    return min(STANDARD_RATES, key=lambda rate: _distance(rate, frame_rate))


def is_drop_timecode(timecode: str) -> bool:
    """Return whether a timecode is written as drop-frame: with `;` or `.` before the frame."""
    match = _TIMECODE.fullmatch(timecode.strip())
    return match is not None and match[4] != ":"


def _distance(rate: tuple[int, int], frame_rate: float) -> float:
    exact = rate[0] / rate[1]
    return abs(frame_rate - exact) / exact
