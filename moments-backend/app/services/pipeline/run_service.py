"""Runs are asked for, cancelled and retried: short transactions on a run's row, and the queue with it."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.exceptions import RunInProgressError, RunNotFoundError, RunStateError, VideoNotFoundError
from app.core.urls.normalization import normalise_source_url, video_id_from_url, with_hash_suffix
from app.database.models import PipelineRun, Video
from app.database.session import transaction
from app.models.pipeline import GenerateMomentsRequest, RunCreated, RunState
from app.repositories import directory_listing, pipeline_run_repository as runs, video_db_repository
from app.services.pipeline.queue import RunQueue
from app.services.pipeline.run_mapper import to_state, utc_now
from app.services.pipeline.run_status_store import RunStatusStore


@dataclass(frozen=True)
class ResolvedSource:
    """What a request is about: the video's id, where it comes from, and whether it is here already.

    `is_here`: it need not be fetched; `is_registered`: nor will any worker have to.
    """

    video_id: str
    source_url: str | None
    is_here: bool
    is_registered: bool = False


class RunService:
    """What users ask of the pipeline."""

    def __init__(self, settings: Settings, queue: RunQueue, live: RunStatusStore) -> None:
        self._settings = settings
        self._queue = queue
        self._live = live

    async def submit(self, request: GenerateMomentsRequest) -> RunCreated:
        """Put a run into the queue.

        Raises:
            VideoNotFoundError: no row and no local file has this id.
            InvalidRequestError: what is given is no address.
            RunInProgressError: the video has a run that has not ended.
            DatabaseError.
        """
        async with transaction() as session:
            source = await self._source(session, request)
            row = await _create(session, source, request)
            if row is None:
                # What stands in the way may have begun this very moment, for another link of that name.
                before, source = source, await self._source(session, request)
                row = await _create(session, source, request) if source != before else None
            if row is None:
                raise await _in_progress(session, source.video_id)
            row.job_id = await self._queue.enqueue(
                session, request_id=row.request_id, video_identifier=source.video_id
            )
            await session.flush()
            state = await to_state(session, row)
        await self._live.set_status(state)
        return RunCreated(
            request_id=state.request_id,
            video_id=state.video_id,
            status=state.status,
            download_required=not source.is_here,
            is_cached=source.is_here,
            source_url=source.source_url,
        )

    async def cancel(self, video_id: str) -> RunState:
        """End the video's run: at once when it waits, within seconds when a worker has it.

        Raises:
            RunNotFoundError, DatabaseError.
            RunStateError: it has ended already.
        """
        async with transaction() as session:
            row = await _last_run(session, video_id)
            if row.status not in runs.ACTIVE:
                raise RunStateError(f"the last run of {video_id!r} is {row.status}: nothing to cancel")
            row.cancel_requested = True
            if row.job_id is None or await self._queue.cancel(session, row.job_id):
                row.status, row.finished_at = "cancelled", utc_now()
            await session.flush()
            state = await to_state(session, row)
        if not state.is_active:
            await self._live.set_status(state)
            await self._live.append_history(state)
        return state

    async def delete_runs(self, video_id: str) -> None:
        """End the run of a video that is deleted, if it has one, and forget all of them.

        A worker that is at work on it finds its run gone, and records nothing any more.
        """
        with suppress(RunNotFoundError, RunStateError):
            state = await self.cancel(video_id)
            if state.is_active:  # whoever watches is told now, since nobody will tell them later
                ended = {"status": "cancelled", "finished_at": utc_now()}
                await self._live.set_status(state.model_copy(update=ended))
        async with transaction() as session:
            await runs.delete_for_video(session, video_id)
        await self._live.delete(video_id)

    async def retry(self, video_id: str) -> RunState:
        """Put the video's failed or cancelled run back into the queue; it goes on at the stage that failed.

        Raises:
            RunNotFoundError, DatabaseError.
            RunInProgressError: it has not ended, or another has begun.
            RunStateError: it is complete.
        """
        async with transaction() as session:
            row = await _last_run(session, video_id)
            if row.status in runs.ACTIVE:
                raise RunInProgressError(video_id, row.request_id)
            if row.status == "completed":
                raise RunStateError(
                    f"the last run of {video_id!r} is complete: nothing to retry",
                    remedy="start another with POST /api/generate_moments",
                )
            if not await runs.requeue(session, row):
                raise await _in_progress(session, video_id)
            row.stages = {
                name: stage
                for name, stage in row.stages.items()
                if stage.get("status") in {"completed", "skipped"}
            }
            row.job_id = await self._queue.enqueue(
                session, request_id=row.request_id, video_identifier=row.video_identifier
            )
            await session.flush()
            state = await to_state(session, row)
        await self._live.set_status(state)
        return state

    async def _source(self, session: AsyncSession, request: GenerateMomentsRequest) -> ResolvedSource:
        if request.video_url is None:
            assert request.video_id is not None  # noqa: S101 - the request has one of the two
            row = await video_db_repository.get_by_identifier(session, request.video_id)
            if row is None and not await self._has_file(request.video_id):
                raise VideoNotFoundError(request.video_id)
            return ResolvedSource(
                request.video_id,
                row.source_url if row else None,
                is_here=True,
                is_registered=row is not None,
            )
        address = normalise_source_url(request.video_url)
        known = await video_db_repository.get_by_source_url(session, address)
        if request.force_download:
            return ResolvedSource(_dated(await _free_id(session, address)), address, is_here=False)
        if known is not None:
            return ResolvedSource(known.identifier, address, is_here=True, is_registered=True)
        video_id = await _free_id(session, address)
        return ResolvedSource(video_id, address, is_here=await self._has_file(video_id))

    async def _has_file(self, video_id: str) -> bool:
        found = await asyncio.to_thread(directory_listing.find_video, self._settings.videos_dir, video_id)
        return bool(found)


async def _create(
    session: AsyncSession, source: ResolvedSource, request: GenerateMomentsRequest
) -> PipelineRun | None:
    await runs.clear_fetch_urls(session, source.video_id)
    given = request.video_url.strip() if request.video_url and not source.is_registered else None
    return await runs.create_unless_active(
        session,
        request_id=uuid4().hex,
        video_identifier=source.video_id,
        source_url=source.source_url,
        fetch_url=None if given == source.source_url else given,
        options=request.options().model_dump(mode="json", exclude_defaults=True),
    )


async def _free_id(session: AsyncSession, address: str) -> str:
    """The id that a new video of this address gets: with digits where another one has the plain one."""
    plain = video_id_from_url(address)
    holder: Video | PipelineRun | None = await video_db_repository.get_by_identifier(session, plain)
    holder = holder or await runs.get_active(session, plain)
    return plain if holder is None or holder.source_url == address else with_hash_suffix(plain, address)


def _dated(video_id: str) -> str:
    """The id of a video that is fetched again."""
    return f"{video_id}-{int(time.time())}"


async def _last_run(session: AsyncSession, video_id: str) -> PipelineRun:
    last = await runs.latest(session, video_id)
    row = await runs.get(session, last[0].request_id, lock=True) if last else None
    if row is None:
        raise RunNotFoundError(video_id)
    return row


async def _in_progress(session: AsyncSession, video_id: str) -> RunInProgressError:
    active = await runs.get_active(session, video_id)
    return RunInProgressError(video_id, active.request_id if active else "that has just ended")
