"""Stores the site's metadata of a downloaded video: texts, date, chapters, captions and thumbnail.

`save` runs before the video gets its name in the library, `apply` after its row exists. An interruption
between the two loses nothing: the next attempt finds the saved files and applies them.
"""

import json
import logging
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import InvalidRequestError, VideoMomentsError
from app.core.files.atomic import atomic_write, mapped_write_errors
from app.database.models import Video
from app.database.session import transaction
from app.models.media_info import Chapter
from app.repositories import chapter_index_repository, video_db_repository
from app.services.downloads.site_metadata import SiteMetadata
from app.services.library.thumbnails import ThumbnailStore
from app.services.storage.gcs_uploader import GCSUploader

logger = logging.getLogger(__name__)

PENDING_NAME = "site.json"
"""File in the folder of captions that holds the values until they are in the row."""
THUMBNAIL_STEM = "thumbnail"


def captions_folder(settings: Settings, video_id: str) -> Path:
    """Return the folder of the captions that came with a video, one `{language}.vtt` or `.srt` each."""
    return settings.captions_dir / video_id


async def save(video_id: str, site: SiteMetadata, *, settings: Settings) -> None:
    """Move the captions to their folder, and save the values for `apply`.

    Raises:
        DiskFullError, LocalFileError: a file cannot be written.
    """
    await run_in_thread(_save, captions_folder(settings, video_id), site)


async def apply(video: Video, *, settings: Settings, uploader: GCSUploader) -> None:
    """Write the saved values to the row, and upload the captions; does nothing without saved values.

    Errors are logged, because the video itself is complete.
    """
    folder = captions_folder(settings, video.identifier)
    values = await run_in_thread(_load, folder)
    if values is None:
        return
    try:
        for file in await run_in_thread(_captions, folder):
            await uploader.store(file, uploader.caption_path(video.identifier, file.name))
        if pictures := await run_in_thread(lambda: list(folder.glob(f"{THUMBNAIL_STEM}.*"))):
            await _use_thumbnail(video.identifier, pictures[0], settings=settings, uploader=uploader)
        async with transaction() as session:
            updated = await video_db_repository.update(session, video.id, **_columns(video, values))
            if updated is not None:
                await chapter_index_repository.index_stated(session, updated)
        await run_in_thread((folder / PENDING_NAME).unlink)
    except (VideoMomentsError, OSError) as error:
        logger.warning("Metadata of the site not stored: %s", error)


async def _use_thumbnail(video_id: str, picture: Path, *, settings: Settings, uploader: GCSUploader) -> None:
    """Show the site's picture instead of a frame, if it can be decoded."""
    try:
        await ThumbnailStore(settings, uploader).set_from_file(video_id, picture)
    except InvalidRequestError as error:
        logger.warning("Thumbnail of the site not used: %s", error.cause)
    await run_in_thread(picture.unlink)


def _save(folder: Path, site: SiteMetadata) -> None:
    values = {
        "title": site.title,
        "description": site.description,
        "channel": site.channel,
        "recorded_at": site.published_at.isoformat() if site.published_at else None,
        "chapters": [chapter.model_dump() for chapter in site.chapters],
    }
    with mapped_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for caption in site.captions:
            shutil.move(caption.path, folder / caption.path.name)
        if site.thumbnail is not None:
            shutil.move(site.thumbnail, folder / f"{THUMBNAIL_STEM}{site.thumbnail.suffix}")
    atomic_write(folder / PENDING_NAME, json.dumps(values).encode())


def _load(folder: Path) -> Mapping[str, Any] | None:
    try:
        found = json.loads((folder / PENDING_NAME).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _captions(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in {".srt", ".vtt"})


def _columns(video: Video, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns in which the site's values take precedence over the file's."""
    columns = {name: values.get(name) for name in ("title", "description", "channel")}
    if recorded_at := values.get("recorded_at"):
        columns["recorded_at"] = datetime.fromisoformat(recorded_at)
    chapters = [Chapter.model_validate(chapter) for chapter in values.get("chapters") or ()]
    if chapters:
        columns["media"] = (video.media or {}) | {
            "chapters": [chapter.model_dump() for chapter in chapters],
            "chapters_source": "site",
        }
    return {name: value for name, value in columns.items() if value}
