"""Programs in FFmpeg's place: the real one, with something in its way."""

from pathlib import Path

from app.core.config import Settings
from app.media import tools


def on_full_disk(folder: Path) -> Path:
    """FFmpeg, whose output goes to a disk without space."""
    return _script(folder, 'while [ $# -gt 1 ]; do set -- "$@" "$1"; shift; [ "$1" = -y ] && break; done')


def ended_by(folder: Path, signal: str) -> Path:
    """FFmpeg that somebody ends while it works."""
    return _script(folder, f'"$FFMPEG" "$@" & child=$!; sleep 0.3; kill -{signal} $child; wait $child; kill')


def hanging(folder: Path) -> Path:
    """FFmpeg that waits for ever before it begins."""
    return _script(folder, "sleep 600")


def _script(folder: Path, text: str) -> Path:
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/bash\nFFMPEG={tools.find_ffmpeg(Settings())}\n{text}\n")
    path.chmod(0o755)
    return path
