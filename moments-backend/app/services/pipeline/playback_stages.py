"""The stages of a run of the kind `playback`, with their skip rules.

The copy is made in the run's directory and kept in the bucket only, so another worker that takes the run over
makes it again unless it is stored.
"""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

from app.core.concurrency import await_uncancellable, run_in_thread
from app.core.exceptions import OriginalReplacedError, VideoMomentsError, VideoNotFoundError
from app.database.models import Video
from app.database.session import transaction
from app.media import ffprobe
from app.media.limits import low_priority
from app.media.playback import make_playback_copy, plan_file
from app.models.playback import StoredPlaybackState
from app.repositories import (
    pipeline_run_repository,
    playback_state_repository as playback_states,
    video_media_repository,
)
from app.services.pipeline.run_context import RunContext, ownership_lost
from app.services.pipeline.stages import Timeout

logger = logging.getLogger(__name__)

COPY_TIMEOUT = Timeout(3600, per_second=60)
"""Long, because copies are encoded with the lowest priority, beside everything else on the machine."""

ALREADY_STORED = "already in the bucket"
PLAYS_EVERYWHERE = "browsers play the original"


async def skip_playback_copy(run: RunContext) -> str | None:
    video = await _video(run)
    if video.playback_state == "ready" and await _is_stored(run):
        return ALREADY_STORED
    return None


async def execute_playback_copy(run: RunContext) -> str | None:
    """Copy the streams into an MP4 file, or encode them, as the original needs it."""
    video, source = await _video(run), await run.video_file()
    metadata = await ffprobe.probe(source, settings=run.settings)
    plan = await plan_file(source, metadata.info, source.name, settings=run.settings)
    if plan.method == "original":
        if not run.state.options.regenerate:
            await _record(run, video, "original")
            return PLAYS_EVERYWHERE
        plan = replace(plan, method="encode")
    length = metadata.info.duration_seconds or metadata.duration_seconds
    with low_priority():
        await make_playback_copy(
            source,
            _copy(run),
            plan=plan,
            info=metadata.info,
            settings=run.settings,
            timeout=COPY_TIMEOUT.of(length),
            on_progress=lambda seconds: run.progress(100 * seconds / length if length else 0),
        )
    return None


async def skip_playback_upload(run: RunContext) -> str | None:
    if await run_in_thread(_copy(run).is_file):
        return None
    return run.state.stages["playback_copy"].reason or ALREADY_STORED


async def execute_playback_upload(run: RunContext) -> str | None:
    """Store the copy, then record that it exists. If the video was deleted meanwhile, leave no object."""
    video = await _video(run)

    def on_progress(sent: int, total: int) -> None:
        run.progress(100 * sent / total if total else 100, sent=sent, total=total)

    uploader = run.resources.uploader
    await run.ensure_owned()
    try:
        stored = await uploader.store(_copy(run), uploader.playback_path(run.video_id), on_progress)
        await _record(run, video, "ready", size_bytes=stored.object.size)
    except BaseException:
        await await_uncancellable(asyncio.ensure_future(_delete_orphan(run)))
        raise
    return None


async def _video(run: RunContext) -> Video:
    video = await run.video()
    if video is None:
        raise VideoNotFoundError(run.video_id)
    return video


def _copy(run: RunContext) -> Path:
    return run.folder / "playback" / "copy.mp4"


async def _is_stored(run: RunContext) -> bool:
    uploader = run.resources.uploader
    return await uploader.describe_object(uploader.playback_path(run.video_id)) is not None


async def _record(
    run: RunContext, video: Video, state: StoredPlaybackState, *, size_bytes: int | None = None
) -> None:
    """Record the state of the original that this run read.

    Args:
        size_bytes: size of the copy, for the feed.

    Raises:
        RunOwnershipLostError: another worker owns the run, or the video was deleted with its runs.
        OriginalReplacedError: the video has another original now.
    """
    async with transaction() as session:
        row = await pipeline_run_repository.get(session, run.state.request_id, lock=True)
        if row is None or row.token != run.token:
            raise ownership_lost(run.state)
        if not await playback_states.set_state(
            session, run.video_id, state, cloud_url=video.cloud_url, md5=video.md5
        ):
            raise OriginalReplacedError(run.video_id)
        if size_bytes is not None:
            await video_media_repository.merge(session, run.video_id, playback_bytes=size_bytes)


async def _delete_orphan(run: RunContext) -> None:
    """Delete the object if its video no longer exists."""
    path = run.resources.uploader.playback_path(run.video_id)
    try:
        if await run.video() is None:
            await run.resources.uploader.delete_object(path)
    except VideoMomentsError as error:
        logger.warning("object not deleted: %s", error.cause, extra={"path": path})
