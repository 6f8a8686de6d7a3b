"""`GCSUploader`: names the objects of a video, and stores, links and deletes them off the event loop."""

import asyncio
import contextlib
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from app.core.config import Settings, get_settings
from app.services.storage import object_names
from app.services.storage.chunked_transport import ProgressCallback, TransferMonitor
from app.services.storage.download import fetch_object
from app.services.storage.gcs_client import connect
from app.services.storage.object_store import ObjectStore, StoredObject
from app.services.storage.signed_urls import Signer
from app.services.storage.upload import UploadResult, upload_file

T = TypeVar("T")

CANCEL_SECONDS = 1.0
CALL_THREADS = 4
"""Threads for requests that carry no file, so that a link never waits for an upload."""


class GCSUploader:
    """The objects of videos in one bucket, for asyncio.

    The official client blocks; it runs in two bounded pools of threads, one for files and one for short
    requests. Nothing connects before the first call. `gcs_path` is an object's name, relative to the bucket.

    Every method raises `StorageError` and its kin; uploads raise `LocalFileError`, `EmptyFileError` and
    `CancelledByUserError` as well. See `app.core.exceptions`.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or get_settings()
        self._stopped = threading.Event()
        self._connecting = threading.Lock()
        self._receiving: set[TransferMonitor] = set()
        self._transfers = ThreadPoolExecutor(self._settings.gcs_upload_threads, "gcs-transfer")
        self._calls = ThreadPoolExecutor(CALL_THREADS, "gcs-call")

    # Names

    @property
    def bucket_name(self) -> str:
        return self._settings.gcs_bucket_name

    def cloud_url(self, gcs_path: str) -> str:
        """`gs://bucket/…`, as the table keeps it."""
        return object_names.cloud_url(self.bucket_name, gcs_path)

    def video_path(self, identifier: str, filename: str) -> str:
        return object_names.video_path(self._settings, identifier, filename)

    def audio_path(self, video_id: str) -> str:
        return f"{self._settings.gcs_audio_prefix}{video_id}/{video_id}.wav"

    def clip_path(self, video_id: str, moment_id: str) -> str:
        return f"{self._clips_prefix(video_id)}{clip_filename(video_id, moment_id)}"

    def _clips_prefix(self, video_id: str) -> str:
        return f"{self._settings.gcs_clips_prefix}{video_id}/"

    # Storing

    async def upload_video(
        self, local_path: Path, identifier: str, progress_callback: ProgressCallback | None = None
    ) -> tuple[str, str]:
        """Store a video at `videos/{identifier}/{filename}`; nothing is sent when it is there already.

        Returns:
            `(gcs_path, signed_url)`.
        """
        return await self._upload_and_sign(
            local_path, self.video_path(identifier, local_path.name), progress_callback
        )

    async def upload_audio(
        self, local_path: Path, video_id: str, progress_callback: ProgressCallback | None = None
    ) -> tuple[str, str]:
        """Store the audio of a video at `audio/{video_id}/{video_id}.wav`: `(gcs_path, signed_url)`."""
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
        """Store the local clip of every moment, several at once.

        Args:
            moments: anything with the moment's `id`.
            progress_callback: called with the number of clips stored and the number of all.

        Returns:
            `(gcs_path, signed_url)` by moment id.

        Raises:
            ExceptionGroup: clips that could not be stored; the others are.
        """
        ids = [str(moment["id"]) for moment in moments]
        done = 0

        async def upload(moment_id: str) -> tuple[str, str]:
            nonlocal done
            path = self._settings.moment_clips_dir / clip_filename(video_id, moment_id)
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
        self, local_path: Path, gcs_path: str, progress_callback: ProgressCallback | None = None
    ) -> UploadResult:
        """Make the object `gcs_path` hold the bytes of `local_path`; tells whether it already did.

        Args:
            progress_callback: `(bytes_sent, total_bytes)`, called on the event loop.
        """
        return await self._upload_file_with_retry(local_path, gcs_path, progress_callback)

    async def _upload_file_with_retry(
        self, local_path: Path, gcs_path: str, progress_callback: ProgressCallback | None = None
    ) -> UploadResult:
        watch = self._watch(progress_callback)
        return await self._run(
            self._transfers, watch.cancel, lambda: self._store_file(Path(local_path), gcs_path, watch)
        )

    def _watch(self, progress_callback: ProgressCallback | None) -> TransferMonitor:
        return TransferMonitor(
            self._settings.gcs_upload_timeout_seconds,
            self._stopped,
            _on_loop(asyncio.get_running_loop(), progress_callback),
        )

    def _store_file(self, path: Path, gcs_path: str, watch: TransferMonitor) -> UploadResult:
        watch.check()  # it may have waited for a thread until after the stop
        return upload_file(self._objects, self._settings, path, gcs_path, watch)

    async def _upload_and_sign(
        self, local_path: Path, gcs_path: str, progress_callback: ProgressCallback | None
    ) -> tuple[str, str]:
        await self.store(Path(local_path), gcs_path, progress_callback)
        return gcs_path, await self.generate_signed_url(gcs_path)

    # Looking and linking

    async def check_access(self) -> None:
        """Ask the bucket whether we may work with it.

        Raises:
            BucketNotFoundError, StoragePermissionError, StorageCredentialsError, StorageUnavailableError.
        """
        await self._call(lambda: self._objects.check_access())  # noqa: PLW0108 - connects, so in the thread

    async def describe_object(self, gcs_path: str, *, bucket: str | None = None) -> StoredObject | None:
        """Size, checksums and generation of an object, in our bucket or another; None when there is none."""
        return await self._call(lambda: self._objects_of(bucket).describe(gcs_path))

    async def list_objects(self, prefix: str) -> list[StoredObject]:
        """Every object whose name begins with `prefix`."""
        return await self._call(lambda: self._objects.list(prefix))

    async def list_clips(self, video_id: str) -> set[str]:
        """The ids of the moments whose clip is stored."""
        prefix = self._clips_prefix(video_id)
        objects = await self.list_objects(prefix)
        return clip_ids(video_id, (stored.name.removeprefix(prefix) for stored in objects))

    async def signed_url_lifetime(self) -> timedelta:
        """How long links live; shorter than the setting where the IAM service signs."""
        return await self._call(lambda: self._signer.lifetime)

    async def generate_signed_url(
        self, gcs_path: str, method: str = "GET", *, as_download: bool = False
    ) -> str:
        """A V4 signed URL of an object, whether it exists or not, for one HTTP method.

        Args:
            as_download: browsers save what it leads to, under the name of its file.
        """
        return await self._call(lambda: self._signer.sign(gcs_path, method, as_download=as_download))

    async def get_video_signed_url(self, identifier: str, filename: str, method: str = "GET") -> str | None:
        """A V4 signed URL of a stored video; None when the bucket does not hold it."""
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
        """Fetch an object, of our bucket or another, into a file that is there only when it is whole.

        Args:
            progress_callback: `(bytes_received, total_bytes)`, called on the event loop.
            generation: the one that is wanted; else the one that stands.

        Raises:
            ObjectNotFoundError, ObjectChangedError, DownloadCorruptedError, StorageError.
            DiskFullError, LocalFileError.
        """
        watch = self._watch(progress_callback)
        self._receiving.add(watch)
        try:
            return await self._run(
                self._transfers,
                watch.cancel,
                lambda: fetch_object(
                    self._objects_of(bucket), self._settings, gcs_path, Path(path), watch, generation
                ),
                patience=CANCEL_SECONDS,
            )
        finally:
            self._receiving.discard(watch)

    # Deleting

    async def delete_object(self, gcs_path: str) -> bool:
        """Whether there was such an object."""
        return await self._call(lambda: self._objects.delete(gcs_path))

    async def delete_prefix(self, prefix: str) -> int:
        """Delete every object below `prefix`, which ends in a slash; how many there were."""
        return await self._call(lambda: self._objects.delete_prefix(prefix))

    async def delete_clips_for_video(self, video_id: str) -> int:
        """Delete every clip of a video; how many there were."""
        return await self.delete_prefix(self._clips_prefix(video_id))

    # Life

    def stop(self) -> None:
        """Make every running and waiting transfer end with `CancelledByUserError`, for good."""
        self._stopped.set()
        for watch in tuple(self._receiving):
            watch.cancel()

    async def close(self) -> None:
        """Stop transfers and wait for the threads."""
        self.stop()
        await asyncio.to_thread(self._shut_down)

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
        return await self._run(self._calls, lambda: None, function)

    async def _run(
        self,
        pool: Executor,
        cancel: Callable[[], None],
        function: Callable[[], T],
        patience: float | None = None,
    ) -> T:
        """Run in a thread. A cancelled task tells its thread to stop, and waits until it has.

        Args:
            patience: seconds to wait at most. A thread that waits for a connection stops when it has one.
        """
        future = asyncio.get_running_loop().run_in_executor(pool, function)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            cancel()
            future.add_done_callback(
                lambda done: done.cancelled() or done.exception()
            )  # seen, also when late
            await asyncio.wait([future], timeout=patience)
            raise


def clip_filename(video_id: str, moment_id: str) -> str:
    return f"{video_id}_{moment_id}_clip.mp4"


def clip_ids(video_id: str, filenames: Iterable[str]) -> set[str]:
    """The ids of the moments that these clips of the video are of; other files do not count."""
    pattern = re.compile(re.escape(video_id) + r"_([0-9a-f]{16})_clip\.mp4")
    return {found.group(1) for name in filenames if (found := pattern.fullmatch(name))}


def _on_loop(loop: asyncio.AbstractEventLoop, callback: ProgressCallback | None) -> ProgressCallback | None:
    """The same callback, called on the event loop though the thread calls it."""
    if callback is None:
        return None
    return lambda sent, total: _call_soon(loop, callback, sent, total)


def _call_soon(loop: asyncio.AbstractEventLoop, callback: ProgressCallback, sent: int, total: int) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
        loop.call_soon_threadsafe(callback, sent, total)
