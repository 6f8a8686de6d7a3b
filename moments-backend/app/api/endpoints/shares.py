"""`/api/shares` and `/api/videos/{video_id}/shares`: links for visitors without a key."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, VideoId
from app.api.responses import problem_responses
from app.models.share import ShareCreate, ShareCreated, ShareId, ShareRead

router = APIRouter(tags=["sharing"])

PAGE = "/s/"
"""Path of the pages, followed by the token; see `src/app/App.tsx`."""

ShareIdPath = Annotated[ShareId, Path(description="The link's id.")]


@router.post(
    "/videos/{video_id}/shares", status_code=201, responses=problem_responses(404, 409, 422, 429, 503)
)
async def create_share(
    video_id: VideoId, wanted: ShareCreate, request: Request, container: ContainerDep, event: AuditEventDep
) -> ShareCreated:
    """Create a link to the video, to a moment, or to a passage. Only this response contains its address."""
    created = await container.sharing.create(video_id, wanted)
    share = created.share
    event.set(target=share.id, video_id=video_id, moment_id=share.moment_id)
    url = f"{request.base_url}".rstrip("/") + PAGE + created.token
    return ShareCreated(**share.model_dump(), url=url)


@router.get("/videos/{video_id}/shares", responses=problem_responses(404, 422, 503))
async def list_video_shares(video_id: VideoId, container: ContainerDep) -> list[ShareRead]:
    """List the video's links, newest first, at most 1000, those revoked or expired included."""
    return await container.sharing.list_links(video_id)


@router.get("/shares", responses=problem_responses(503))
async def list_shares(container: ContainerDep) -> list[ShareRead]:
    """List the links of all videos, newest first, at most 1000, those revoked or expired included."""
    return await container.sharing.list_links()


@router.delete("/shares/{share_id}", status_code=204, responses=problem_responses(404, 422, 503))
async def revoke_share(share_id: ShareIdPath, container: ContainerDep) -> None:
    """Revoke a link: from now on it does not work."""
    await container.sharing.revoke(share_id)
