"""Keeps the captions beside migrated videos, after their rows exist."""

import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import VideoMomentsError
from app.services.migration.results import Outcome, Status
from app.services.migration.scanner import Scan
from app.services.storage.object_names import parse_cloud_url
from app.services.transcripts.sidecars import compare_kept, keep_sidecars

if TYPE_CHECKING:  # imported late by the migration, see there
    from app.services.storage.gcs_uploader import GCSUploader

logger = logging.getLogger(__name__)


async def keep_captions(
    found: Scan,
    outcomes: Iterable[Outcome],
    *,
    folder: Path,
    settings: Settings,
    connect: Callable[[], "GCSUploader"],
) -> None:
    """Keep new and changed captions of registered videos; errors are logged, for the videos are complete.

    Args:
        folder: the scanned folder.
        connect: returns the client of the bucket; called only if there is something to keep.
    """
    for video_id, relative_path in _captioned(found, outcomes):
        original = folder / relative_path
        try:
            changed, removed = await run_in_thread(compare_kept, settings.captions_dir / video_id, original)
            if changed or removed:
                kept = await keep_sidecars(video_id, original, settings=settings, uploader=connect())
                logger.info("Captions of %s stored: %s", video_id, ", ".join(kept) or "none")
        except VideoMomentsError as error:
            logger.warning("Captions of %s not stored: %s", video_id, error.cause)


def _captioned(found: Scan, outcomes: Iterable[Outcome]) -> Iterator[tuple[str, str]]:
    """Yield the id and the path of each registered video with captions."""
    if not found.captioned:
        return
    for outcome in outcomes:
        is_registered = outcome.status in {Status.MIGRATED, Status.SKIPPED}
        if is_registered and outcome.cloud_url and found.has_captions(outcome.filename):
            # The outcome's own identifier is the planned one; another video may have taken it.
            yield parse_cloud_url(outcome.cloud_url)[1].split("/")[-2], outcome.filename
