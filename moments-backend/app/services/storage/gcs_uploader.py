"""`GCSUploader`: stores, links and deletes the objects of videos off the event loop."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

from app.core.concurrency import cancel_and_wait, on_loop, run_in_thread
from app.core.config import Settings, get_settings
from app.services.storage import object_names
from app.services.storage.bucket_listing import ListedObject, list_pages
from app.services.storage.chunked_transport import ProgressCallback, TransferMonitor
from app.services.storage.download import fetch_object
from app.services.storage.gcs_client import connect
from app.services.storage.object_moves import move_object
from app.services.storage.object_store import ObjectStore, Presence, StoredObject
from app.services.storage.signed_urls import Signer
from app.services.storage.upload import BeforeWrite, UploadResult, upload_file

T = TypeVar("T")

CANCEL_GRACE_SECONDS = 1.0
"""Longest wait for a cancelled download; a thread that is connecting stops only when connected."""
READ_BLOCK_BYTES = 4 * 1024**2
CALL_THREADS = 4
"""Threads for requests that carry no file, so that a link never waits for an upload."""


class GCSUploader:
    """The objects of videos in one bucket, for asyncio.

    The official client blocks, so it runs in two bounded thread pools: one for files and one for short
    requests. It connects at the first call. `gcs_path` is an object's name, relative to the bucket.

    Every method raises `StorageError` and its subclasses; uploads also raise `LocalFileError`,
    `EmptyFileError` and `CancelledByUserError`. Progress callbacks run on the event loop.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or get_settings()
        self._stopped = threading.Event()
        self._connecting = threading.Lock()
        self._downloads: set[TransferMonitor] = set()
        self._transfers = ThreadPoolExecutor(self._settings.gcs_upload_threads, "gcs-transfer")
        self._calls = ThreadPoolExecutor(CALL_THREADS, "gcs-call")

    # Names

    @property
    def bucket_name(self) -> str:
        return self._settings.gcs_bucket_name

    def cloud_url(self, gcs_path: str) -> str:
        """Return `gs://bucket/…`, the form stored in the table."""
        return object_names.cloud_url(self.bucket_name, gcs_path)

    def video_path(self, identifier: str, filename: str) -> str:
        return object_names.video_path(self._settings, identifier, filename)

    def audio_path(self, video_id: str) -> str:
        return object_names.audio_path(self._settings, video_id)

    def clip_path(self, video_id: str, moment_id: str) -> str:
        return object_names.clip_path(self._settings, video_id, moment_id)

    def caption_path(self, video_id: str, filename: str) -> str:
        return f"{object_names.captions_prefix(self._settings, video_id)}{filename}"

    def playback_path(self, video_id: str) -> str:
        return object_names.playback_path(self._settings, video_id)

    # Uploads

    async def upload_video(
        self, local_path: Path, identifier: str, progress_callback: ProgressCallback | None = None
    ) -> tuple[str, str]:
        """Store a video at `videos/{identifier}/{filename}` unless it is there already.

        Returns:
            `(gcs_path, signed_url)`.
        """
        return await self._upload_and_sign(
            local_path, self.video_path(identifier, local_path.name), progress_callback
        )

    async def upload_audio(
        self, local_path: Path, video_id: str, progress_callback: ProgressCallback | None = None
    ) -> tuple[str, str]:
        """Store a video's audio at `audio/{video_id}/{video_id}.wav`: `(gcs_path, signed_url)`."""
        return await self._upload_and_sign(local_path, self.audio_path(video_id), progress_callback)

    async def upload_clip(
        self,
        local_path: Path,
        video_id: str,
        moment_id: str,
        progress_callback: ProgressCallback | None = None,
    ) -> tuple[str, str]:
        """Store a clip at `clips/{video_id}/{video_id}_{moment_id}_clip.mp4`: `(gcs_path, signed_url)`."""
        return await self._upload_and_sign(local_path, self.clip_path(video_id, moment_id), progress_callback)

    async def upload_all_clips(
        self,
        video_id: str,
        moments: Iterable[Mapping[str, Any]],
        progress_callback: ProgressCallback | None = None,
    ) -> dict[str, tuple[str, str]]:
        """Store the local clips of the moments concurrently.

        Args:
            moments: mappings with the key `id`.
            progress_callback: called with the number of stored clips and the total.

        Returns:
            `(gcs_path, signed_url)` by moment id.

        Raises:
            ExceptionGroup: some clips could not be stored; the others are.
        """
        ids = [str(moment["id"]) for moment in moments]
        done = 0

        async def upload(moment_id: str) -> tuple[str, str]:
            nonlocal done
            path = self._settings.moment_clips_dir / object_names.clip_filename(video_id, moment_id)
            stored = await self.upload_clip(path, video_id, moment_id)
            done += 1
            if progress_callback is not None:
                progress_callback(done, len(ids))
            return stored

        results = await asyncio.gather(*map(upload, ids), return_exceptions=True)
        failures = [result for result in results if isinstance(result, Exception)]
        if failures:
            raise ExceptionGroup(f"{len(failures)} of {len(ids)} clips of {video_id} not stored", failures)
        return {
            moment_id: result
            for moment_id, result in zip(ids, results, strict=True)
            if not isinstance(result, BaseException)
        }

    async def store(
        self,
        local_path: Path,
        gcs_path: str,
        progress_callback: ProgressCallback | None = None,
        *,
        within: Path | None = None,
        assume_absent: bool = False,
        before_write: BeforeWrite | None = None,
    ) -> UploadResult:
        """Make the object `gcs_path` equal to the file `local_path`.

        Args:
            progress_callback: `(bytes_sent, total_bytes)`.
            within: a folder that symbolic links must not lead out of.
            assume_absent: `list_present` did not find the object, so that a small file needs no look-up.
            before_write: raises an error if the object must not be written; called in a thread.
        """
        return await self._upload_file_with_retry(
            local_path,
            gcs_path,
            progress_callback,
            within=within,
            assume_absent=assume_absent,
            before_write=before_write,
        )

    async def _upload_file_with_retry(
        self,
        local_path: Path,
        gcs_path: str,
        progress_callback: ProgressCallback | None = None,
        *,
        within: Path | None = None,
        assume_absent: bool = False,
        before_write: BeforeWrite | None = None,
    ) -> UploadResult:
        monitor = self._monitor(progress_callback)

        def upload() -> UploadResult:
            monitor.check()  # the uploader may have been stopped while this was queued
            return upload_file(
                *(self._objects, self._settings, Path(local_path), gcs_path, monitor),
                within=within,
                assume_absent=assume_absent,
                before_write=before_write,
            )

        return await run_in_thread(upload, stop=monitor.cancel, executor=self._transfers)

    def _monitor(self, progress_callback: ProgressCallback | None) -> TransferMonitor:
        return TransferMonitor(
            self._settings.gcs_upload_timeout_seconds,
            self._stopped,
            on_loop(progress_callback),
        )

    async def _upload_and_sign(
        self, local_path: Path, gcs_path: str, progress_callback: ProgressCallback | None
    ) -> tuple[str, str]:
        await self.store(Path(local_path), gcs_path, progress_callback)
        return gcs_path, await self.generate_signed_url(gcs_path)

    async def put_json(self, gcs_path: str, content: bytes, *, generation: int) -> StoredObject:
        """Create a JSON object, or replace this generation of it; 0 requires that it does not exist.

        Raises:
            ObjectChangedError: the object has another generation.
        """
        return await self._call(
            lambda: self._objects.put(
                gcs_path, content, content_type="application/json", generation=generation
            )
        )

    # Metadata and links

    async def check_access(self) -> None:
        """Check that the bucket exists and that we may use it.

        Raises:
            BucketNotFoundError, StoragePermissionError, StorageCredentialsError, StorageUnavailableError.
        """
        await self._call(lambda: self._objects.check_access())  # noqa: PLW0108 - connects, so in the thread

    async def describe_object(self, gcs_path: str, *, bucket: str | None = None) -> StoredObject | None:
        """Return an object's metadata, from our bucket or another; None if it does not exist."""
        return await self._call(lambda: self._objects_of(bucket).describe(gcs_path))

    async def list_objects(self, prefix: str) -> list[StoredObject]:
        return await self._call(lambda: self._objects.list(prefix))

    async def list_pages(self, prefix: str = "") -> AsyncIterator[list[ListedObject]]:
        """Yield the objects below `prefix` in name order, page by page; the next page is read meanwhile."""
        pages = await self._call(lambda: list_pages(self._objects, prefix))
        reading = asyncio.create_task(self._call(lambda: next(pages, None)))
        try:
            while (page := await reading) is not None:
                reading = asyncio.create_task(self._call(lambda: next(pages, None)))
                yield page
        finally:
            await cancel_and_wait(reading)

    async def move_object(self, source: StoredObject, gcs_path: str) -> StoredObject:
        """Rename this generation of an object; see `object_moves.move_object`."""
        return await self._call(lambda: move_object(self._objects, source, gcs_path))

    async def list_present(self, gcs_paths: AbstractSet[str]) -> Presence:
        """List which of the objects exist; needs fewer requests than `describe_object` for each.

        Raises:
            BucketNotFoundError, StoragePermissionError, StorageCredentialsError, StorageUnavailableError.
        """
        return await self._call(lambda: self._objects.list_present(gcs_paths))

    async def list_clips(self, video_id: str) -> set[str]:
        """Return the ids of the moments whose clips are stored."""
        objects = await self.list_objects(object_names.clips_prefix(self._settings, video_id))
        return object_names.clip_ids(video_id, (stored.name.rpartition("/")[2] for stored in objects))

    async def signed_url_lifetime(self) -> timedelta:
        """Return the lifetime of links; at most 12 hours if the IAM service signs."""
        return await self._call(lambda: self._signer.lifetime)

    async def generate_signed_url(
        self, gcs_path: str, method: str = "GET", *, as_download: bool = False
    ) -> str:
        """Return a V4 signed URL for one HTTP method; the object need not exist.

        Args:
            as_download: browsers save the response under the object's file name.
        """
        return await self._call(lambda: self._signer.sign(gcs_path, method, as_download=as_download))

    async def get_video_signed_url(self, identifier: str, filename: str, method: str = "GET") -> str | None:
        """Return a V4 signed URL of a video; None if the bucket does not hold it."""
        gcs_path = self.video_path(identifier, filename)
        if await self.describe_object(gcs_path) is None:
            return None
        return await self.generate_signed_url(gcs_path, method)

    async def download(
        self,
        gcs_path: str,
        path: Path,
        progress_callback: ProgressCallback | None = None,
        *,
        bucket: str | None = None,
        generation: int | None = None,
    ) -> StoredObject:
        """Download an object, from our bucket or another, to a file that appears only when complete.

        Args:
            progress_callback: `(bytes_received, total_bytes)`.
            generation: the required generation; None for the current one.

        Raises:
            ObjectNotFoundError, ObjectChangedError, DownloadCorruptedError, StorageError.
            DiskFullError, LocalFileError.
        """
        monitor = self._monitor(progress_callback)
        self._downloads.add(monitor)
        try:
            return await run_in_thread(
                lambda: fetch_object(
                    self._objects_of(bucket), self._settings, gcs_path, Path(path), monitor, generation
                ),
                stop=monitor.cancel,
                executor=self._transfers,
                grace_seconds=CANCEL_GRACE_SECONDS,
            )
        finally:
            self._downloads.discard(monitor)

    async def read_blocks(
        self, stored: StoredObject, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Yield the content of an object of our bucket in blocks, without a file.

        Args:
            start: first byte.
            end: byte after the last one; None for the end of the object.

        Raises:
            ObjectNotFoundError, ObjectChangedError: the object was deleted or replaced meanwhile.
        """
        last = stored.size if end is None else end
        for position in range(start, last, READ_BLOCK_BYTES):
            block_end = min(position + READ_BLOCK_BYTES, last)
            yield await self._call(partial(self._objects.read_range, stored, position, block_end))

    # Deletion

    async def delete_object(self, gcs_path: str, *, generation: int | None = None) -> bool:
        """Delete an object, only in this generation if one is given; return whether it existed.

        Raises:
            ObjectChangedError: the object has another generation.
        """
        return await self._call(lambda: self._objects.delete(gcs_path, generation=generation))

    async def delete_prefix(self, prefix: str) -> int:
        """Delete every object below `prefix`, which must end in a slash; return their number."""
        return await self._call(lambda: self._objects.delete_prefix(prefix))

    async def delete_clips_for_video(self, video_id: str) -> int:
        return await self.delete_prefix(object_names.clips_prefix(self._settings, video_id))

    # Shutdown

    def stop(self) -> None:
        """End all running and queued transfers with `CancelledByUserError`, permanently."""
        self._stopped.set()
        for monitor in tuple(self._downloads):
            monitor.cancel()

    async def close(self) -> None:
        """Stop all transfers and wait for the threads."""
        self.stop()
        await run_in_thread(self._shut_down)

    def _shut_down(self) -> None:
        for pool in (self._transfers, self._calls):
            pool.shutdown(wait=True, cancel_futures=True)
        if "_connection" in self.__dict__:
            self._connection.bucket.client.close()

    @cached_property
    def _connection(self) -> Any:
        return connect(self._settings, connections=self._settings.gcs_upload_threads + CALL_THREADS)

    @cached_property
    def _objects(self) -> ObjectStore:
        with self._connecting:
            return ObjectStore(self._connection, self._settings)

    def _objects_of(self, bucket: str | None) -> ObjectStore:
        return self._objects if bucket is None else self._objects.for_bucket(bucket)

    @cached_property
    def _signer(self) -> Signer:
        with self._connecting:
            hours = self._settings.gcs_signed_url_expiry_hours
            return Signer(self._connection, timedelta(hours=hours))

    async def _call(self, function: Callable[[], T]) -> T:
        return await run_in_thread(function, executor=self._calls)
