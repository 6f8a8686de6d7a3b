"""The sound as the pipeline keeps it, 16 kHz, mono, 16 bit WAV, read in pieces of a few minutes."""

import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.core.exceptions import CorruptFileError, FileUnreadableError, LocalFileNotFoundError

SAMPLE_RATE = 16_000
_SAMPLE_BYTES = 2
_FRAME = SAMPLE_RATE // 50
"""20 ms: shorter than any sound of speech, so that its energy tells a pause from a word."""

_QUIET_FRAMES = 25
"""Half a second: a pause between sentences, rather than the stop before a `t`."""

REMEDY = "remove the file and retry: the sound is extracted from the video again"

Samples: TypeAlias = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Wav:
    """A file whose head was checked. Positions count samples."""

    path: Path
    length: int

    @property
    def seconds(self) -> float:
        return self.length / SAMPLE_RATE

    @classmethod
    def open(cls, path: Path) -> "Wav":
        """Raises:
        CorruptFileError: it is no WAV file, one of another format, or its end is missing.
        LocalFileNotFoundError, FileUnreadableError: the disk does not give it.
        """
        with _reading(path) as file:
            form = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            if form != (SAMPLE_RATE, 1, _SAMPLE_BYTES):
                rate, channels, width = form
                raise CorruptFileError(
                    f"{path.name} holds {channels} × {8 * width} bit at {rate} Hz; "
                    f"transcription reads 1 × 16 bit at {SAMPLE_RATE} Hz",
                    remedy=REMEDY,
                )
            length = file.getnframes()
        if path.stat().st_size < length * _SAMPLE_BYTES:
            raise CorruptFileError(f"the end of {path.name} is missing", remedy=REMEDY)
        return cls(path, length)

    def read(self, first: int, last: int) -> Samples:
        """The samples `first … last - 1`."""
        with _reading(self.path) as file:
            file.setpos(first)
            content = file.readframes(last - first)
        if len(content) < (last - first) * _SAMPLE_BYTES:
            raise CorruptFileError(f"the end of {self.path.name} is missing", remedy=REMEDY)
        return np.frombuffer(content, dtype="<i2")

    def end_of_piece(self, first: int, *, longest: float, search: float) -> int:
        """Where a piece from `first` on ends: at the quietest place between its last `search` seconds.

        Args:
            longest: seconds that a piece may have.
            search: seconds before that in which the end is looked for.
        """
        furthest = first + int(longest * SAMPLE_RATE)
        if furthest >= self.length:
            return self.length
        earliest = max(first + _FRAME, furthest - int(search * SAMPLE_RATE))
        return earliest + quietest(self.read(earliest, furthest))


def quietest(samples: Samples) -> int:
    """The middle of the half second with the least energy; the end of what is too short to have one."""
    count = len(samples) // _FRAME
    if count < _QUIET_FRAMES:
        return len(samples)
    frames = samples[: count * _FRAME].reshape(count, _FRAME).astype(np.float32)
    energy = np.convolve(np.square(frames).mean(axis=1), np.ones(_QUIET_FRAMES), mode="valid")
    return int((energy.argmin() + _QUIET_FRAMES / 2) * _FRAME)


def as_wav(samples: Samples) -> bytes:
    """A WAV file of its own."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(_SAMPLE_BYTES)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.tobytes())
    return content.getvalue()


@contextmanager
def _reading(path: Path) -> Iterator[wave.Wave_read]:
    try:
        with path.open("rb") as opened, wave.open(opened, "rb") as file:
            yield file
    except FileNotFoundError as error:
        raise LocalFileNotFoundError(
            f"{path.name} is gone", remedy="retry: it is fetched or made again"
        ) from error
    except (wave.Error, EOFError) as error:
        raise CorruptFileError(
            f"{path.name} is no WAV file: {error or 'it ends within its head'}", remedy=REMEDY
        ) from error
    except OSError as error:
        raise FileUnreadableError(f"{path.name} cannot be read: {error.strerror}") from error
