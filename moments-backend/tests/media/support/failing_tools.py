"""Awkward file names, and FFmpeg wrappers that fail."""

from pathlib import Path

from app.core.config import Settings
from app.media import binaries

AWKWARD_NAMES = ["-i a.mp4", "100% %03d.mkv", 'it\'s "so".mov', "a b#c?:\\.webm", "Zürich 日本 \n.avi"]


def on_full_disk(folder: Path) -> Path:
    """Return an FFmpeg whose output goes to a full disk."""
    return _script(folder, 'exec "$FFMPEG" "${@:1:$#-1}" /dev/full')


def slow(folder: Path) -> Path:
    """Return an FFmpeg that reads in real time."""
    return _script(folder, 'exec "$FFMPEG" -re "$@"')


def terminated_by(folder: Path, signal: str) -> Path:
    """Return an FFmpeg that receives a signal while it runs."""
    return _script(folder, f'(sleep 0.5; kill -{signal} $$) & exec "$FFMPEG" -re "$@"')


def _script(folder: Path, text: str) -> Path:
    (folder / "tools").mkdir()
    path = folder / "tools" / "ffmpeg"
    path.write_text(f"#!/bin/bash\nFFMPEG={binaries.find_ffmpeg(Settings())}\n{text}\n")
    path.chmod(0o755)
    return path
