"""The local files of storyboards."""

import stat
from pathlib import Path

from app.core.config import Settings
from app.core.files.atomic import atomic_write
from app.media.storyboard import Storyboard, StoryboardFacts, facts_of


def cues_file(settings: Settings, identifier: str) -> Path:
    return settings.storyboards_dir / f"{identifier}.vtt"


def sheet_file(settings: Settings, identifier: str) -> Path:
    return settings.storyboards_dir / f"{identifier}.jpg"


def write(settings: Settings, identifier: str, storyboard: Storyboard) -> None:
    """Write the sheet before the cues that refer to it.

    Raises:
        DiskFullError, LocalFileError: the files cannot be written.
    """
    atomic_write(sheet_file(settings, identifier), storyboard.sheet)
    atomic_write(cues_file(settings, identifier), storyboard.cues.encode())


def read_facts(settings: Settings, identifier: str) -> StoryboardFacts | None:
    """Return the facts of a complete storyboard; None without one."""
    cues = cues_file(settings, identifier)
    try:
        if not (_is_regular(cues) and _is_regular(sheet_file(settings, identifier))):
            return None
        return facts_of(cues.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def is_current(settings: Settings, identifier: str, video: Path | None) -> bool:
    """Return whether the storyboard was made from this local file; without one, whether it exists."""
    facts = read_facts(settings, identifier)
    if facts is None or video is None:
        return facts is not None
    try:
        original = video.stat()
        made = cues_file(settings, identifier).stat()
    except OSError:
        return False
    return facts.source_bytes == original.st_size and made.st_mtime_ns >= original.st_mtime_ns


def _is_regular(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)
