"""The clips of a video, for whoever asks: on this machine, or in the bucket."""

import asyncio
from urllib.parse import quote

from app.core.config import Settings
from app.core.exceptions import ResultNotFoundError
from app.models.moment import Moment
from app.models.pipeline import Clip
from app.repositories import directory_listing
from app.services.library.local_files import OpenedFile, open_file
from app.services.moments.edited_moments import EditedMomentsReader
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import clip_filename, clip_ids
from app.services.storage.timeouts import with_request_timeout


class ClipService:
    def __init__(self, settings: Settings, uploader: GCSUploader, moments: EditedMomentsReader) -> None:
        self._settings = settings
        self._uploader = uploader
        self._moments = moments

    async def list_clips(self, video_id: str) -> list[Clip]:
        """The clips that are there, in order of time. A refined moment is shown by the clip of its parent.

        The bucket is asked only where a clip is not on this machine.

        Raises:
            ResultNotFoundError: no clip has been made of this video.
            CorruptFileError, FileUnreadableError, StorageError.
        """
        moments = await self._moments.load_local_first(video_id) or []
        chosen = {moment.id: moment for moment in moments if not moment.is_refined}
        there = await self._there(video_id, set(chosen))
        if not there:
            raise ResultNotFoundError("clip", video_id)
        best = chosen | {moment.parent_id: moment for moment in moments if moment.parent_id in chosen}
        clips = [_clip(video_id, moment_id, best[moment_id]) for moment_id in chosen if moment_id in there]
        return sorted(clips, key=lambda clip: clip.start_time)

    async def open_local(self, video_id: str, moment_id: str) -> OpenedFile | None:
        """The clip's file on this machine; None where there is none."""
        path = self._settings.moment_clips_dir / clip_filename(
            video_id, await self._parent(video_id, moment_id)
        )
        return await asyncio.to_thread(open_file, path)

    async def signed_url(
        self, video_id: str, moment_id: str, *, method: str, as_download: bool = False
    ) -> str:
        """A signed link to the clip's object, for one HTTP method; on request one that browsers save.

        Raises:
            ResultNotFoundError: the bucket has none.
        """
        gcs_path = self._uploader.clip_path(video_id, await self._parent(video_id, moment_id))
        if await with_request_timeout(self._uploader.describe_object(gcs_path)) is None:
            raise ResultNotFoundError(f"clip {moment_id}", video_id)
        return await with_request_timeout(
            self._uploader.generate_signed_url(gcs_path, method, as_download=as_download)
        )

    async def _parent(self, video_id: str, moment_id: str) -> str:
        for moment in await self._moments.load_local_first(video_id) or ():
            if moment.id == moment_id:
                return moment.parent_id or moment.id
        raise ResultNotFoundError(f"moment {moment_id}", video_id)

    async def _there(self, video_id: str, moment_ids: set[str]) -> set[str]:
        names = await asyncio.to_thread(directory_listing.names, self._settings.moment_clips_dir)
        here = moment_ids & clip_ids(video_id, names)
        if here == moment_ids:
            return here
        return here | (moment_ids & await with_request_timeout(self._uploader.list_clips(video_id)))


def _clip(video_id: str, moment_id: str, moment: Moment) -> Clip:
    return Clip(
        moment_id=moment_id,
        title=moment.title,
        filename=clip_filename(video_id, moment_id),
        url=f"/api/videos/{quote(video_id, safe='')}/clips/{moment_id}",
        start_time=moment.start_time,
        end_time=moment.end_time,
        score=moment.score,
    )
