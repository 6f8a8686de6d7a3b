"""TRANSITIONAL: look-ups of videos by the files in `static/videos/`.

What is transitional:  the four functions; each raises a `DeprecationWarning` that names what replaces it.
Source of truth:       the table `videos`; a file in the folder need not be registered, nor a row have a file.
Who still reads it:    nobody inside this project; programs around it may.
When it goes:          when no video needs a local file any more. Ruff's banned-api keeps new readers away.
"""

import warnings
from pathlib import Path

from app.core.config import get_settings
from app.media.formats import is_video_name
from app.repositories import directory_listing


def get_video_files() -> list[Path]:
    """The files of the videos in the folder that are not hidden, in name order.

    .. deprecated:: 0.1
        Use `app.repositories.video_db_repository.list_all()`.
    """
    _warn("get_video_files", "app.repositories.video_db_repository.list_all()")
    folder = get_settings().videos_dir
    names = sorted(name for found in directory_listing.listing(folder).videos.values() for name in found)
    return [folder / name for name in names]


def get_video_by_id(video_id: str) -> Path | None:
    """The video whose file name without its ending is `video_id`; of several, the first in name order.

    .. deprecated:: 0.1
        Use `app.repositories.video_db_repository.get_by_identifier()`.
    """
    _warn("get_video_by_id", "app.repositories.video_db_repository.get_by_identifier()")
    folder = get_settings().videos_dir
    names = directory_listing.find_video(folder, video_id)
    return folder / names[0] if names else None


def get_video_by_filename(filename: str) -> Path | None:
    """The video of exactly this file name.

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
    """The folder of the local videos.

    .. deprecated:: 0.1
        Use `app.core.config.Settings.videos_dir`.
    """
    _warn("get_videos_directory", "app.core.config.Settings.videos_dir")
    return get_settings().videos_dir


def _warn(name: str, replacement: str) -> None:
    warnings.warn(f"{name}() is deprecated: use {replacement}", DeprecationWarning, stacklevel=3)
