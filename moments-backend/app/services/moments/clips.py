"""The clips of a video, from the local folder or the bucket."""

from urllib.parse import quote

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import ResultNotFoundError
from app.database.session import transaction
from app.models.moment import Moment
from app.models.pipeline import Clip
from app.repositories import directory_listing, moment_edit_repository
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
        """List existing clips in order of time. A refined moment is represented by its parent's clip.

        The bucket is queried only if a clip is missing locally.

        Raises:
            ResultNotFoundError: the video has no clip.
            CorruptFileError, FileUnreadableError, StorageError: moments or clips could not be read.
        """
        moments = await self._moments.load_local_first(video_id) or []
        originals = {moment.id: moment for moment in moments if not moment.is_refined}
        existing = await self.existing(video_id, set(originals))
        if not existing:
            raise ResultNotFoundError("clip", video_id)
        best = originals | {moment.parent_id: moment for moment in moments if moment.parent_id in originals}
        clips = [
            _clip(video_id, moment_id, best[moment_id]) for moment_id in originals if moment_id in existing
        ]
        return sorted(clips, key=lambda clip: clip.start_time)

    async def open_local(self, video_id: str, moment_id: str) -> OpenedFile | None:
        """Open the clip's local file; None if it does not exist. Clips of deleted moments are included.

        Raises:
            ResultNotFoundError: the video has no such moment.
        """
        name = clip_filename(video_id, await self._original_id(video_id, moment_id))
        return await run_in_thread(open_file, self._settings.moment_clips_dir / name)

    async def signed_url(
        self, video_id: str, moment_id: str, *, method: str, as_download: bool = False
    ) -> str:
        """Return a signed URL of the clip's object.

        Args:
            method: the only HTTP method that the URL allows.
            as_download: make browsers save the file.

        Raises:
            ResultNotFoundError: the bucket has no such clip.
        """
        gcs_path = self._uploader.clip_path(video_id, await self._original_id(video_id, moment_id))
        if await with_request_timeout(self._uploader.describe_object(gcs_path)) is None:
            raise ResultNotFoundError(f"clip {moment_id}", video_id)
        return await with_request_timeout(
            self._uploader.generate_signed_url(gcs_path, method, as_download=as_download)
        )

    async def _original_id(self, video_id: str, moment_id: str) -> str:
        for moment in await self._moments.load_local_first(video_id) or ():
            if moment.id == moment_id:
                return moment.parent_id or moment.id
        async with transaction() as session:
            if moment_id in await moment_edit_repository.find_restorable(session, video_id):
                return moment_id
        raise ResultNotFoundError(f"moment {moment_id}", video_id)

    async def existing(self, video_id: str, moment_ids: set[str]) -> set[str]:
        """Return the moments whose clip exists. The bucket is queried only if one is missing locally.

        Raises:
            FileUnreadableError, StorageError: the clips could not be listed.
        """
        names = await run_in_thread(directory_listing.names, self._settings.moment_clips_dir)
        local = moment_ids & clip_ids(video_id, names)
        if local == moment_ids:
            return local
        return local | (moment_ids & await with_request_timeout(self._uploader.list_clips(video_id)))


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
