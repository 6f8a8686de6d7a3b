"""`/api/videos/{video_id}/moments`."""

from fastapi import APIRouter

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, MomentIdPath, VideoId
from app.api.responses import problem_responses
from app.core.exceptions import ResultNotFoundError
from app.models.moment import MomentCreate, MomentRead, MomentUpdate

router = APIRouter(prefix="/videos/{video_id}/moments", tags=["moments"])


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


@router.patch("/{moment_id}", responses=problem_responses(404, 409, 422, 503))
async def change_moment(
    video_id: VideoId,
    moment_id: MomentIdPath,
    change: MomentUpdate,
    container: ContainerDep,
    event: AuditEventDep,
) -> MomentRead:
    """Keep, rate, rename or trim a moment. Trimming replaces it by a moment with a new id and clip."""
    changed = await container.moment_editing.update(video_id, moment_id, change)
    event.set(**change.model_dump(exclude_unset=True))
    return changed


@router.delete("/{moment_id}", status_code=204, responses=problem_responses(404, 409, 422, 503))
async def delete_moment(video_id: VideoId, moment_id: MomentIdPath, container: ContainerDep) -> None:
    """Delete a moment and its clip. Later runs do not restore it."""
    await container.moment_editing.delete(video_id, moment_id)


@router.post("/{moment_id}/restore", responses=problem_responses(404, 422, 503))
async def restore_moment(video_id: VideoId, moment_id: MomentIdPath, container: ContainerDep) -> MomentRead:
    """Restore a deleted moment. The next run cuts its clip."""
    return await container.moment_editing.restore(video_id, moment_id)
