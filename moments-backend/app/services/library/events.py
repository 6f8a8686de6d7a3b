"""The `data` of webhook events about videos."""

from typing import Any

from app.database.models import Video
from app.services.library.titles import title_from


def event_data(video: Video) -> dict[str, Any]:
    """Return the public facts of a video; object names and local paths are left out."""
    return {
        "id": video.identifier,
        "title": video.title or title_from(video.identifier),
        "source_url": video.source_url,
        "duration_seconds": video.duration_seconds,
        "size_bytes": video.size_bytes,
    }
