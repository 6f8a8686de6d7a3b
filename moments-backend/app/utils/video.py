"""TRANSITIONAL: look-ups of videos by the files in `static/videos/`.

Deprecated:       all functions; each raises a `DeprecationWarning` that names its replacement.
Source of truth:  the table `videos`; files may be unregistered, and rows may have no local file.
Remaining users:  none in this project, possibly external programs. Ruff's banned-api prevents new imports.
Removal:          when no video needs a local file any more.
"""

import warnings
from pathlib import Path

from app.core.config import get_settings
from app.core.files.content_types import is_video_name
from app.repositories import directory_listing


def get_video_files() -> list[Path]:
    """Return the sorted video files in the folder that are not hidden.

    .. deprecated:: 0.1
        Use `app.repositories.video_db_repository.list_all()`.
    """
    _warn("get_video_files", "app.repositories.video_db_repository.list_all()")
    folder = get_settings().videos_dir
    names = sorted(name for group in directory_listing.listing(folder).videos.values() for name in group)
    return [folder / name for name in names]


def get_video_by_id(video_id: str) -> Path | None:
    """Return the first video file, sorted by name, whose stem is `video_id`.

    .. deprecated:: 0.1
        Use `app.repositories.video_db_repository.get_by_identifier()`.
    """
    _warn("get_video_by_id", "app.repositories.video_db_repository.get_by_identifier()")
    folder = get_settings().videos_dir
    names = directory_listing.find_video(folder, video_id)
    return folder / names[0] if names else None


def get_video_by_filename(filename: str) -> Path | None:
    """Return the video file with this name.

    .. deprecated:: 0.1
        Use `app.repositories.video_db_repository.get_by_identifier()`, and
        `app.repositories.directory_listing.find_video()` for the file itself.
    """
    _warn("get_video_by_filename", "app.repositories.video_db_repository.get_by_identifier()")
    folder = get_settings().videos_dir
    path = folder / filename
    if not is_video_name(filename) or filename not in directory_listing.find_video(folder, path.stem):
        return None
    return path


def get_videos_directory() -> Path:
    """Return the folder of the local videos.

    .. deprecated:: 0.1
        Use `app.core.config.Settings.videos_dir`.
    """
    _warn("get_videos_directory", "app.core.config.Settings.videos_dir")
    return get_settings().videos_dir


def _warn(name: str, replacement: str) -> None:
    warnings.warn(f"{name}() is deprecated: use {replacement}", DeprecationWarning, stacklevel=3)
