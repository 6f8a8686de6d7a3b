"""`/api/videos/{video_id}/clips`."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.api.dependencies import ContainerDep, Download, MomentIdPath, VideoId
from app.api.file_responses import NO_STORE, LocalFileResponse
from app.api.responses import CLIP, problem_responses
from app.models.pipeline import Clip

router = APIRouter(prefix="/videos/{video_id}/clips", tags=["clips"])


@router.get("", responses=problem_responses(404, 422, 503))
async def list_clips(video_id: VideoId, container: ContainerDep) -> list[Clip]:
    """List the existing clips in order of time, at most one per unrefined moment."""
    return await container.clips.list_clips(video_id)


@router.head("/{moment_id}", response_class=Response, responses=CLIP, name="head_clip")
@router.get("/{moment_id}", response_class=Response, responses=CLIP)
async def get_clip(
    video_id: VideoId,
    moment_id: MomentIdPath,
    request: Request,
    container: ContainerDep,
    *,
    download: Download = False,
) -> Response:
    """Return the clip's local file, or redirect to the bucket."""
    opened = await container.clips.open_local(video_id, moment_id)
    if opened is None:
        url = await container.clips.signed_url(
            video_id, moment_id, method=request.method, as_download=download
        )
        return RedirectResponse(url, headers=NO_STORE)
    return LocalFileResponse(opened, as_download=download)
