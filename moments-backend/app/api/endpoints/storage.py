"""`/api/storage`, `/api/verification`, and the transfer of originals between disk and bucket."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, VideoId
from app.api.responses import problem_responses
from app.models.storage import StorageUsageStatus, TransferResult
from app.models.verification import VerificationStatus
from app.services.library.offload import fetch_video, offload_video

router = APIRouter(tags=["storage"])

_TRANSFER = problem_responses(404, 409, 422, 503)


@router.get("/storage", responses=problem_responses(422, 503))
async def get_storage(
    container: ContainerDep,
    *,
    refresh: Annotated[bool, Query(description="Compute the use again if it is older than 30 s.")] = False,
) -> StorageUsageStatus:
    """Return objects and bytes by kind, in the bucket and on this machine, as they were last computed.

    Poll until `state` is `ready`. A result older than an hour starts a new computation.
    """
    return await container.storage_usage.status(refresh=refresh)


@router.get("/verification", responses=problem_responses(503))
async def get_verification(container: ContainerDep) -> VerificationStatus:
    """Return schedule, progress and problems of the comparison of all videos with the bucket."""
    return await container.verification.status()


@router.post("/verification", status_code=202, responses=problem_responses(503))
async def start_verification(container: ContainerDep, event: AuditEventDep) -> VerificationStatus:
    """Verify all videos now. An active round continues instead. A worker does the work."""
    started = await container.verification.start()
    event.set(round=None if started.round is None else started.round.id)
    return started


@router.post("/videos/{video_id}/offload", responses=_TRANSFER)
async def offload_original(
    video_id: VideoId, container: ContainerDep, event: AuditEventDep
) -> TransferResult:
    """Delete the local original once its object has been proven equal. Both are read for that.

    A large file takes a while: about a second per 300 MB. The file is kept if anything differs.
    """
    result = await offload_video(video_id, settings=container.settings, uploader=container.uploader)
    event.set(path=result.path, freed_bytes=result.freed_bytes)
    return result


@router.post("/videos/{video_id}/fetch", responses=_TRANSFER)
async def fetch_original(video_id: VideoId, container: ContainerDep, event: AuditEventDep) -> TransferResult:
    """Download the original from the bucket to its path below the folder of videos."""
    result = await fetch_video(video_id, settings=container.settings, uploader=container.uploader)
    event.set(path=result.path, size_bytes=result.size_bytes)
    return result
