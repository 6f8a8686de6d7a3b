"""`/api/videos/{video_id}/moments`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, MomentIdPath, VideoId
from app.api.responses import problem_responses
from app.api.trash_guard import reject_deleted_video
from app.core.exceptions import ResultNotFoundError
from app.models.moment import (
    DeletedMoment,
    MomentCreate,
    MomentMerge,
    MomentRead,
    MomentSplit,
    MomentUpdate,
)

router = APIRouter(
    prefix="/videos/{video_id}/moments", tags=["moments"], dependencies=[Depends(reject_deleted_video)]
)


@router.get("", responses=problem_responses(404, 422, 503))
async def get_moments(video_id: VideoId, container: ContainerDep) -> list[MomentRead]:
    """List the moments in order of time, then the refined ones, with the user's edits.

    At most 2200: 100 of the last run with their refined versions, and 2000 edited ones.
    """
    moments = await container.moments.load_local_first(video_id)
    if moments is None:
        raise ResultNotFoundError("moment", video_id)
    return moments


@router.post("", status_code=201, responses=problem_responses(404, 409, 422, 503))
async def create_moment(
    video_id: VideoId, moment: MomentCreate, container: ContainerDep, event: AuditEventDep
) -> MomentRead:
    """Add a moment of the user's own. It is kept, and the next run cuts its clip.

    A second request with the same times changes the title.
    """
    created = await container.moment_editing.create(video_id, moment)
    event.set(target=created.id, video_id=video_id, **moment.model_dump())
    return created


@router.post("/merge", status_code=201, responses=problem_responses(404, 409, 422, 503))
async def merge_moments(
    video_id: VideoId, wanted: MomentMerge, container: ContainerDep, event: AuditEventDep
) -> MomentRead:
    """Replace moments by one of the user's own, from the earliest start to the latest end.

    The replaced moments become deleted ones and keep their clips. A repeated request returns the same moment.
    """
    merged = await container.moment_editing.merge(video_id, wanted)
    event.set(target=merged.id, video_id=video_id, **wanted.model_dump())
    return merged


@router.get("/deleted", responses=problem_responses(404, 422, 503))
async def list_deleted_moments(video_id: VideoId, container: ContainerDep) -> list[DeletedMoment]:
    """List the deleted moments that can be restored, the last deleted one first."""
    return await container.deleted_moments.list(video_id)


@router.delete("/deleted", status_code=204, responses=problem_responses(404, 422, 503))
async def purge_deleted_moments(video_id: VideoId, container: ContainerDep, event: AuditEventDep) -> None:
    """Delete all deleted moments for good, with their clips."""
    event.set(moments=await container.deleted_moments.purge_all(video_id))


@router.patch("/{moment_id}", responses=problem_responses(404, 409, 422, 503))
async def change_moment(
    video_id: VideoId,
    moment_id: MomentIdPath,
    change: MomentUpdate,
    container: ContainerDep,
    event: AuditEventDep,
) -> MomentRead:
    """Keep, rate, rename or trim a moment. Trimming replaces it by a moment with a new id and clip.

    `…/reset` of the trimmed moment restores the original one.
    """
    changed = await container.moment_editing.update(video_id, moment_id, change)
    event.set(**change.model_dump(exclude_unset=True))
    return changed


@router.delete("/{moment_id}", status_code=204, responses=problem_responses(404, 409, 422, 503))
async def delete_moment(
    video_id: VideoId,
    moment_id: MomentIdPath,
    container: ContainerDep,
    event: AuditEventDep,
    *,
    permanent: Annotated[
        bool, Query(description="Delete moment and clip for good, which needs the scope `admin`.")
    ] = False,
) -> None:
    """Delete a moment. It can be restored for `TRASH_DAYS` days, and later runs do not restore it."""
    if permanent:
        await container.deleted_moments.purge(video_id, moment_id)
        event.set(permanent=True)
    else:
        await container.moment_editing.delete(video_id, moment_id)


@router.post("/{moment_id}/split", status_code=201, responses=problem_responses(404, 409, 422, 503))
async def split_moment(
    video_id: VideoId,
    moment_id: MomentIdPath,
    wanted: MomentSplit,
    container: ContainerDep,
    event: AuditEventDep,
) -> list[MomentRead]:
    """Replace a moment by its parts before and after a position. A repeated request returns them."""
    parts = await container.moment_editing.split(video_id, moment_id, wanted)
    event.set(at=wanted.at, parts=[part.id for part in parts])
    return parts


@router.post("/{moment_id}/restore", responses=problem_responses(404, 409, 422, 503))
async def restore_moment(video_id: VideoId, moment_id: MomentIdPath, container: ContainerDep) -> MomentRead:
    """Restore a deleted moment with its clip. If the clip no longer exists, the next run cuts it."""
    return await container.moment_editing.restore(video_id, moment_id)


@router.post("/{moment_id}/reset", responses=problem_responses(404, 409, 422, 503))
async def reset_moment(
    video_id: VideoId, moment_id: MomentIdPath, container: ContainerDep, event: AuditEventDep
) -> list[MomentRead]:
    """Undo a trim, merge or split: return the restored moments, and delete those made from them."""
    restored = await container.moment_editing.reset(video_id, moment_id)
    event.set(restored=[moment.id for moment in restored])
    return restored
