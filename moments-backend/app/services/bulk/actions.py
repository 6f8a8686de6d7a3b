"""The slow actions on one video; see `app.services.bulk.runner`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from app.core.config import Settings
from app.core.exceptions import QueueFullError, RunInProgressError, StorageError
from app.database.session import transaction
from app.models.pipeline import GenerateMomentsRequest
from app.repositories import video_db_repository
from app.services.bulk.runner import Action, Parameters
from app.services.library.deletion import VideoDeletion
from app.services.library.fetch import fetch_video
from app.services.library.offload import offload_video
from app.services.storage.gcs_uploader import GCSUploader

QUEUE_FULL_SECONDS = 5.0
"""Pause while `PIPELINE_MAX_QUEUED` runs are active; the operation can be cancelled meanwhile."""

Submit = Callable[[GenerateMomentsRequest], Awaitable[Any]]


def bulk_actions(
    settings: Settings, uploader: GCSUploader, deletion: VideoDeletion, submit: Submit
) -> Mapping[str, Action]:
    """Return the slow actions by name.

    Args:
        submit: starts a run of the pipeline; see `RunService.submit`.
    """

    async def delete(identifier: str, _parameters: Parameters) -> bool:
        if not await deletion.finish(identifier):
            raise StorageError(
                f"some objects or files of {identifier!r} could not be deleted yet",
                remedy="wait: a worker retries the deletion",
            )
        return True

    async def offload(identifier: str, _parameters: Parameters) -> bool:
        await offload_video(identifier, settings=settings, uploader=uploader)
        return True

    async def fetch(identifier: str, _parameters: Parameters) -> bool:
        await fetch_video(identifier, settings=settings, uploader=uploader)
        return True

    transcribe = partial(_transcribe, submit)
    return {"delete": delete, "transcribe": transcribe, "offload": offload, "fetch": fetch}


async def _transcribe(submit: Submit, identifier: str, parameters: Parameters) -> bool:
    is_repeated = bool(parameters.get("regenerate"))
    if not is_repeated and await _has_transcript(identifier):
        return False
    return await _submit(
        submit,
        GenerateMomentsRequest(video_id=identifier, stages=["transcription"], regenerate=is_repeated),
    )


async def _submit(submit: Submit, request: GenerateMomentsRequest) -> bool:
    """Start a run, as soon as there is room in the queue; return False if the video has an active one."""
    while True:
        try:
            await submit(request)
        except QueueFullError:
            await asyncio.sleep(QUEUE_FULL_SECONDS)
        except RunInProgressError:
            return False
        else:
            return True


async def _has_transcript(identifier: str) -> bool:
    async with transaction() as session:
        return await video_db_repository.has_transcript(session, identifier)
