"""Conditions on videos that depend on the files of the local folders."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.core.config import Settings
from app.models.storage import Location
from app.repositories import directory_listing
from app.repositories.video_filter import VideoFilter


@dataclass(frozen=True, slots=True)
class LocalConditions:
    """Conditions on local files; None means no condition."""

    has_transcript: bool | None = None
    """True: a transcript is in the local folder."""
    location: Location | None = None

    def apply(self, video_filter: VideoFilter, settings: Settings) -> VideoFilter:
        """Return the filter with these conditions. Blocks: call it in a thread."""
        if self.has_transcript is not None:
            ids = directory_listing.listing(settings.transcripts_dir).stems.get(".json", frozenset[str]())
            if self.has_transcript:
                among = ids if video_filter.among is None else ids.intersection(video_filter.among)
                video_filter = replace(video_filter, among=tuple(among))
            else:
                video_filter = replace(video_filter, except_for=tuple(ids))
        if self.location is not None:
            paths = tuple(_video_paths(settings))
            is_local = self.location != "bucket"
            if is_local:
                video_filter = replace(
                    video_filter, local_paths=paths, is_object_missing=self.location == "local"
                )
            else:
                video_filter = replace(video_filter, except_local_paths=paths)
        return video_filter


NO_LOCAL_CONDITIONS = LocalConditions()


def _video_paths(settings: Settings) -> Iterator[str]:
    """Yield the paths of all video files below the folder of videos."""
    folders = [""]
    while folders:
        folder = folders.pop()
        found = directory_listing.listing(settings.videos_dir / folder)
        prefix = f"{folder}/" if folder else ""
        for names in found.videos.values():
            yield from (prefix + name for name in names)
        folders.extend(prefix + name for name in found.folders)
