"""WAV files as the pipeline stores them, 16 kHz mono 16 bit, read in pieces of a few minutes."""

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
"""20 ms: shorter than any phoneme, so that its energy distinguishes pauses from words."""

_QUIET_FRAMES = 25
"""Half a second: a pause between sentences, not the stop before a `t`."""

REMEDY = "remove the file and retry: the audio is extracted from the video again"

Samples: TypeAlias = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Wav:
    """WAV file with a validated header; positions and lengths in samples."""

    path: Path
    length: int

    @property
    def seconds(self) -> float:
        return self.length / SAMPLE_RATE

    @classmethod
    def open(cls, path: Path) -> "Wav":
        """Read and validate the header.

        Raises:
            CorruptFileError: not a WAV file, another format, or truncated.
            LocalFileNotFoundError: the file does not exist.
            FileUnreadableError: the file cannot be read.
        """
        with _reading(path) as file:
            audio_format = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            if audio_format != (SAMPLE_RATE, 1, _SAMPLE_BYTES):
                rate, channels, width = audio_format
                raise CorruptFileError(
                    f"{path.name} has {channels} × {8 * width} bit at {rate} Hz; "
                    f"transcription requires 1 × 16 bit at {SAMPLE_RATE} Hz",
                    remedy=REMEDY,
                )
            length = file.getnframes()
        if path.stat().st_size < length * _SAMPLE_BYTES:
            raise CorruptFileError(f"{path.name} is truncated", remedy=REMEDY)
        return cls(path, length)

    def read(self, first: int, last: int) -> Samples:
        """Return the samples `first … last - 1`."""
        with _reading(self.path) as file:
            file.setpos(first)
            content = file.readframes(last - first)
        if len(content) < (last - first) * _SAMPLE_BYTES:
            raise CorruptFileError(f"{self.path.name} is truncated", remedy=REMEDY)
        return np.frombuffer(content, dtype="<i2")

    def end_of_piece(self, first: int, *, longest: float, search: float) -> int:
        """Return the end of the piece that starts at `first`: a quiet position, or the end of the file.

        Args:
            longest: longest piece in seconds.
            search: last seconds of the longest piece, in which the quietest position is chosen.
        """
        furthest = first + int(longest * SAMPLE_RATE)
        if furthest >= self.length:
            return self.length
        earliest = max(first + _FRAME, furthest - int(search * SAMPLE_RATE))
        return earliest + quietest(self.read(earliest, furthest))


def quietest(samples: Samples) -> int:
    """Return the middle of the half second with the least energy, or the end of shorter samples."""
    count = len(samples) // _FRAME
    if count < _QUIET_FRAMES:
        return len(samples)
    frames = samples[: count * _FRAME].reshape(count, _FRAME).astype(np.float32)
    energy = np.convolve(np.square(frames).mean(axis=1), np.ones(_QUIET_FRAMES), mode="valid")
    return int((energy.argmin() + _QUIET_FRAMES / 2) * _FRAME)


def as_wav(samples: Samples) -> bytes:
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
            f"{path.name} no longer exists", remedy="retry: it is fetched or extracted again"
        ) from error
    except (wave.Error, EOFError) as error:
        raise CorruptFileError(
            f"{path.name} is not a WAV file: {error or 'incomplete header'}", remedy=REMEDY
        ) from error
    except OSError as error:
        raise FileUnreadableError(f"{path.name} cannot be read: {error.strerror}") from error
