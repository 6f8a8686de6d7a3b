"""Text to speech with espeak-ng from the `espeakng-loader` wheel, for the demo and the tests.

espeak-ng is licensed under the GPL, so its wheel is an optional extra that the product never imports.
"""

import _ctypes
import ctypes
import importlib.util
import wave
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from app.core.exceptions import ToolMissingError

# speak_lib.h of espeak-ng 1.52
AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_DONT_EXIT = 0x8000
POS_CHARACTER = 1
CHARS_UTF8 = 1
RATE = 1
OK = 0

_Samples = ctypes.POINTER(ctypes.c_short)
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, _Samples, ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True)
class Speech:
    """Spoken audio: mono, 16-bit samples."""

    sample_rate: int
    samples: bytes

    @property
    def seconds(self) -> float:
        return len(self.samples) / 2 / self.sample_rate

    def write(self, path: Path) -> None:
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self.sample_rate)
            file.writeframes(self.samples)


def speak(text: str, *, voice: str = "en-us", words_per_minute: int = 165) -> Speech:
    """Synthesise `text`. Not thread-safe: the library has global state.

    Raises:
        ToolMissingError: the wheel is not installed or does not work on this platform.
    """
    wheel = _wheel()
    library = ctypes.CDLL(wheel.get_library_path())
    data = wheel.get_data_path().encode()
    sample_rate = library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, data, INITIALIZE_DONT_EXIT)
    if sample_rate <= 0:
        raise ToolMissingError("espeak-ng does not start", remedy="run `make setup` again")
    blocks: list[bytes] = []

    def collect(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int | None) -> int:
        if samples:
            blocks.append(ctypes.string_at(samples, count * 2))
        return 0  # continue

    callback = _Callback(collect)  # keep a reference while the library may call it
    try:
        encoded = text.encode()
        library.espeak_SetSynthCallback(callback)
        ended = (
            library.espeak_SetVoiceByName(voice.encode())
            or library.espeak_SetParameter(RATE, words_per_minute, 0)
            or library.espeak_Synth(encoded, len(encoded) + 1, 0, POS_CHARACTER, 0, CHARS_UTF8, None, None)
        )
    finally:
        library.espeak_Terminate()
        # Loaded again for the next text, so that the same text always gives the same audio.
        _ctypes.dlclose(library._handle)  # noqa: SLF001 - ctypes has no other way
    if ended != OK:
        raise ToolMissingError(f"espeak-ng failed with the voice {voice!r} (error {ended})")
    return Speech(sample_rate, b"".join(blocks))


def _wheel() -> ModuleType:
    if importlib.util.find_spec("espeakng_loader") is None:
        raise ToolMissingError(
            "espeakng-loader, which synthesises the speech, is not installed", remedy="run `make setup`"
        )
    return importlib.import_module("espeakng_loader")
