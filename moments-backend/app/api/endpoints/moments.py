"""`/api/videos/{video_id}/moments`: what was found, and what users make of it."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.api.dependencies import ContainerDep, VideoId
from app.api.openapi import problem_responses
from app.core.exceptions import ResultNotFoundError
from app.models.moment import MomentRead, MomentUpdate

router = APIRouter(prefix="/videos/{video_id}/moments", tags=["results"])

MomentIdPath = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="The moment's id.")]


@router.get("", responses=problem_responses(404, 422, 503))
async def get_moments(video_id: VideoId, clients: ContainerDep) -> list[MomentRead]:
    """The moments, in order of time, and after them the refined ones; with what users have said of them."""
    moments = await clients.moments.load_local_first(video_id)
    if moments is None:
        raise ResultNotFoundError("moment", video_id)
    return moments


@router.patch("/{moment_id}", responses=problem_responses(404, 422, 503))
async def change_moment(
    video_id: VideoId, moment_id: MomentIdPath, change: MomentUpdate, clients: ContainerDep
) -> MomentRead:
    """Keep, rate, rename or move a moment. Other edges make another one, with an id and a clip of its own."""
    return await clients.editing.update(video_id, moment_id, change)


@router.delete("/{moment_id}", status_code=204, responses=problem_responses(404, 422, 503))
async def delete_moment(video_id: VideoId, moment_id: MomentIdPath, clients: ContainerDep) -> None:
    """Remove a moment and its clip. Later runs do not bring it back."""
    await clients.editing.delete(video_id, moment_id)


@router.post("/{moment_id}/restore", responses=problem_responses(404, 422, 503))
async def restore_moment(video_id: VideoId, moment_id: MomentIdPath, clients: ContainerDep) -> MomentRead:
    """Take a deletion back. The clip is cut by the next run."""
    return await clients.editing.restore(video_id, moment_id)
