"""Processes exports: source, encoding, upload and record, with attempts, cancellation and errors."""

import asyncio
import logging
from functools import partial
from pathlib import Path
from uuid import uuid4

from app.core.clock import utc_now
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import (
    CaptionsUnavailableError,
    ExportOwnershipLostError,
    ExportSourceReplacedError,
    VideoMomentsError,
)
from app.core.files.atomic import atomic_write
from app.core.files.disk_space import ensure_free_space
from app.core.request_context import log_context
from app.core.retry import RetryPolicy
from app.database.models import Video
from app.database.session import transaction
from app.media import ffprobe
from app.media.export_encoder import encode_export
from app.media.limits import low_priority
from app.models.export import ExportError
from app.models.transcript import Transcript
from app.repositories import export_repository as exports, video_db_repository
from app.services.exports.cache_key import audio_stream_of, cache_key
from app.services.exports.captions import excerpt, words_between
from app.services.exports.mapper import to_error
from app.services.exports.metadata import file_metadata
from app.services.exports.service import delete_files
from app.services.pipeline.export_job import ExportJob
from app.services.pipeline.export_recovery import ExportRecovery
from app.services.pipeline.export_source import ExportSource
from app.services.pipeline.job_outcome import as_domain_error, retry_database, shielded
from app.services.pipeline.queue import Interrupted
from app.services.pipeline.run_events import record_export_end, record_export_failure
from app.services.pipeline.stages import Timeout
from app.services.pipeline.work_dir import work_dir
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import export_prefix
from app.services.transcripts.captions import to_srt, to_vtt
from app.services.transcripts.store import TranscriptStore

logger = logging.getLogger(__name__)

TIMEOUT = Timeout(900, per_second=60)
"""Long, because an export may encode 4K video beside other runs."""
NICENESS = 5
"""Priority below runs, and above playback copies: somewhat less of the processor while both work."""
RETRY = RetryPolicy(3, base_delay=1.0, factor=4.0, jitter=(0.8, 1.2))
BYTES_PER_SECOND = 750_000
"""Disk space that is reserved for the output; the encoder's own limit ends it later."""
ENCODED_PERCENT = 90.0
"""Progress when the file is encoded; the upload is the rest."""


class ExportRunner:
    """Processes exports to their end. A worker has one, and processes one export at a time."""

    def __init__(
        self,
        settings: Settings,
        uploader: GCSUploader,
        transcripts: TranscriptStore,
        recovery: ExportRecovery,
        *,
        retry: RetryPolicy = RETRY,
    ) -> None:
        self._settings = settings
        self._uploader = uploader
        self._transcripts = transcripts
        self._recovery = recovery
        self._retry = retry
        self._source = ExportSource(settings, uploader)

    async def close(self) -> None:
        await self._source.close()

    async def __call__(self, export_id: str, interrupted: Interrupted) -> None:
        """Process one export. Errors are recorded in its row, not raised."""
        token = uuid4().hex
        job = await retry_database(partial(_claim, export_id, token))
        if job is None:
            await self._recovery.finish_cancelled(export_id)
            return
        with log_context(video_id=job.video_id):
            await self._process(job, interrupted)

    async def _process(self, job: ExportJob, interrupted: Interrupted) -> None:
        logger.info("Export started", extra={"export": job.export_id})
        try:
            async with work_dir(self._settings, f"export-{job.token}") as folder, job.watched():
                attempt = partial(self._attempt, job, folder)
                await self._retry.async_retrying(_is_retryable, on_retry=_log_retry)(attempt)
        except ExportOwnershipLostError as error:
            logger.warning("%s", error.cause)
            await shielded(self._delete_orphans(job))
        except asyncio.CancelledError:
            await shielded(self._cancelled(job, is_interrupted=interrupted()))
            raise
        except Exception as error:  # noqa: BLE001 - every error of an export ends here
            await self._failed(job, as_domain_error(error))
        else:
            logger.info("Export completed", extra={"export": job.export_id})
        finally:
            await shielded(self._source.release(job.video_row_id))

    async def _attempt(self, job: ExportJob, folder: Path) -> None:
        job.progress(0)
        job.is_recording = False
        video = await _video(job)
        transcript = await self._transcript(job)
        source = await self._source.file(video, on_progress=lambda share: job.progress(20 * share))
        file = folder / "export.mp4"
        await self._encode(job, video, source, file, transcript)
        duration = (await ffprobe.probe(file, settings=self._settings)).duration_seconds
        files = {".mp4": file}
        if job.options.captions == "sidecar" and transcript is not None:
            files |= await run_in_thread(_write_captions, folder, transcript, job.start, job.end)
        await job.ensure_owned()
        await self._upload(job, files)
        key = cache_key(
            video,
            start=job.start,
            end=job.end,
            title=job.title,
            options=job.options,
            transcript=transcript,
        )
        size = (await run_in_thread(file.stat)).st_size
        job.is_recording = True
        await retry_database(
            partial(self._complete, job, video, key, size_bytes=size, duration_seconds=duration)
        )

    async def _encode(
        self, job: ExportJob, video: Video, source: Path, file: Path, transcript: Transcript | None
    ) -> None:
        length, before = job.end - job.start, job.percent
        await run_in_thread(partial(ensure_free_space, file.parent, int(length * BYTES_PER_SECOND)))

        def on_progress(seconds: float) -> None:
            job.progress(before + (ENCODED_PERCENT - before) * min(seconds / length, 1.0))

        is_burned = job.options.captions == "burned" and transcript is not None
        with low_priority(NICENESS):
            await encode_export(
                source,
                file,
                start=job.start,
                end=job.end,
                options=job.options,
                words=words_between(transcript, job.start, job.end) if is_burned and transcript else (),
                metadata=file_metadata(video, title=job.title, start=job.start, end=job.end),
                settings=self._settings,
                audio_stream=audio_stream_of(video),
                on_progress=on_progress,
                timeout=TIMEOUT.of(length),
            )

    async def _transcript(self, job: ExportJob) -> Transcript | None:
        if job.options.captions == "none":
            return None
        transcript = await self._transcripts.load_authoritative(job.video_id)
        if transcript is None:
            raise CaptionsUnavailableError(job.video_id)
        return transcript

    async def _upload(self, job: ExportJob, files: dict[str, Path]) -> None:
        """Store the files, the video last."""

        def on_progress(sent: int, total: int) -> None:
            share = sent / total if total else 1.0
            job.progress(ENCODED_PERCENT + (100 - ENCODED_PERCENT) * share)

        job.has_stored = True
        for extension, file in sorted(files.items(), key=lambda item: item[0] == ".mp4"):
            callback = on_progress if extension == ".mp4" else None
            await self._uploader.store(file, self._object_name(job, extension), callback)

    def _object_name(self, job: ExportJob, extension: str) -> str:
        prefix = export_prefix(self._settings, job.video_id, job.export_id)
        return f"{prefix}{job.filename.removesuffix('.mp4')}{extension}"

    async def _complete(
        self, job: ExportJob, video: Video, key: str, *, size_bytes: int, duration_seconds: float | None
    ) -> None:
        """Record the file, unless the original that it was cut from has been replaced.

        The key is that of the transcript that was used, which may be newer than the request.

        Raises:
            ExportOwnershipLostError: another worker owns the export, or it was deleted.
            ExportSourceReplacedError: the video has another original now.
        """
        async with transaction() as session:
            await exports.lock_queue(session)
            now = await video_db_repository.get_by_identifier(session, job.video_id)
            if now is not None and (now.cloud_url, now.md5) != (video.cloud_url, video.md5):
                raise ExportSourceReplacedError(job.video_id)
            if await exports.has_key(session, video.id, key, except_id=job.export_id):
                key = f"{job.export_id:0>64}"  # another export is returned for these parameters
            is_cancelled = await exports.save(
                session,
                job.export_id,
                job.token,
                state="completed",
                percent=100.0,
                error=None,
                cache_key=key,
                gcs_path=self._object_name(job, ".mp4"),
                size_bytes=size_bytes,
                duration_seconds=duration_seconds,
                finished_at=utc_now(),
            )
            if is_cancelled is not None:
                await record_export_end(
                    session, job, size_bytes=size_bytes, duration_seconds=duration_seconds
                )
        if is_cancelled is None:
            raise job.ownership_lost()

    async def _failed(self, job: ExportJob, error: VideoMomentsError) -> None:
        logger.warning("Export failed: %s", error.cause, extra={"export": job.export_id})
        await self._end(job, "failed", to_error(error))

    async def _cancelled(self, job: ExportJob, *, is_interrupted: bool) -> None:
        """End an export that its user cancelled; release one whose worker shuts down."""
        if is_interrupted:
            await self._recovery.release(job.export_id, job.token)
        else:
            logger.info("Export cancelled", extra={"export": job.export_id})
            await self._end(job, "cancelled")

    async def _end(self, job: ExportJob, state: str, error: ExportError | None = None) -> None:
        """Delete what was stored, then record the end: a retry may store files right after it."""
        if job.has_stored and await retry_database(job.is_owned):
            await delete_files(self._uploader, self._settings, job.video_id, job.export_id)
        else:  # a deletion cancels the job too, and the upload may have finished after it
            await retry_database(partial(self._delete_orphans, job))

        async def record() -> None:
            fields = {} if error is None else {"error": error.model_dump(mode="json")}
            async with transaction() as session:
                saved = await exports.save(
                    session, job.export_id, job.token, state=state, finished_at=utc_now(), **fields
                )
                if saved is not None and error is not None:
                    await record_export_failure(session, job.export_id, job.video_id, error)

        await retry_database(record)

    async def _delete_orphans(self, job: ExportJob) -> None:
        """Delete the objects if the export, or its video, no longer exists."""
        async with transaction() as session:
            row = await exports.get(session, job.export_id)
        if row is None and job.has_stored:
            await delete_files(self._uploader, self._settings, job.video_id, job.export_id)


async def _claim(export_id: str, token: str) -> ExportJob | None:
    async with transaction() as session:
        if await exports.claim(session, export_id, token) is None:
            return None
        found = await exports.get_with_video(session, export_id, include_deleted=True)
        return None if found is None else ExportJob.of(found, token)


async def _video(job: ExportJob) -> Video:
    async with transaction() as session:
        video = await video_db_repository.get_by_identifier(session, job.video_id)
    if video is None:
        raise job.ownership_lost()
    return video


def _write_captions(folder: Path, transcript: Transcript, start: float, end: float) -> dict[str, Path]:
    """Write the captions of a range as WebVTT and SubRip; return the files by extension."""
    files, part = {}, excerpt(transcript, start, end)
    texts = {".vtt": to_vtt(part, until=end - start), ".srt": to_srt(part, until=end - start)}
    for extension, text in texts.items():
        files[extension] = folder / f"export{extension}"
        atomic_write(files[extension], text.encode())
    return files


def _is_retryable(error: BaseException) -> bool:
    return isinstance(error, VideoMomentsError) and error.retryable


def _log_retry(error: BaseException, _failures: int) -> None:
    logger.info("Attempt failed: %s", error)
