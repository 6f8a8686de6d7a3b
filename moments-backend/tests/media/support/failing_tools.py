"""Awkward file names, and FFmpeg wrappers that fail or record their environment."""

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


def recording_tools(folder: Path) -> tuple[Path, Path]:
    """Return a folder with FFmpeg and ffprobe, and the folder in which they record how they were started.

    Names of empty files record the variables and limits, because the limits allow no other file.
    """
    tools, records = folder / "tools", folder / "records"
    tools.mkdir()
    records.mkdir()
    for program in (binaries.find_ffmpeg(Settings()), binaries.find_ffprobe(Settings())):
        name = "ffprobe" if "ffprobe" in program.name else "ffmpeg"
        (tools / name).write_text(
            "#!/bin/bash\n"
            f"cd '{records}'\n"
            'for name in $(compgen -e); do : > "variable $name"; done\n'
            ': > "limit core=$(ulimit -c)"; : > "limit size=$(ulimit -f)"; : > "limit memory=$(ulimit -v)"\n'
            ': > "limit files=$(ulimit -n)"; : > "limit time=$(ulimit -t)"\n'
            f'exec "{program}" "$@"\n'
        )
        (tools / name).chmod(0o755)
    return tools, records


def _script(folder: Path, text: str) -> Path:
    (folder / "tools").mkdir()
    path = folder / "tools" / "ffmpeg"
    path.write_text(f"#!/bin/bash\nFFMPEG={binaries.find_ffmpeg(Settings())}\n{text}\n")
    path.chmod(0o755)
    return path
