"""`/api/videos/{video_id}/playback`: the bytes that browsers can play."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, VideoId
from app.api.endpoints.videos import stream_video
from app.api.file_responses import NO_STORE
from app.api.responses import STREAM, problem_responses
from app.core.exceptions import DatabaseError, VideoNotFoundError
from app.models.pipeline import RunState
from app.services.library import local_files
from app.services.library.playback import ensure_ready, sign_copy_url

router = APIRouter(prefix="/videos/{video_id}/playback", tags=["videos"])


@router.head("", response_class=Response, responses=STREAM, name="head_playback")
@router.get("", response_class=Response, responses=STREAM)
async def get_playback(video_id: VideoId, request: Request, container: ContainerDep) -> Response:
    """Return the original, or redirect to its copy if browsers cannot play it; 409 while the copy is made.

    If the copy failed, or `PLAYBACK_COPIES` is `off`, the original is returned as well.
    """
    try:
        video = await local_files.get_video_or_404(video_id)
    except (VideoNotFoundError, DatabaseError):
        if await container.video_files.open(video_id) is None:
            raise
        return await stream_video(video_id, request, container)
    playback = await container.playback.describe(video)
    ensure_ready(video, playback)
    if (playback.source, playback.state) == ("copy", "ready"):
        url = await sign_copy_url(container.uploader, video, method=request.method)
        return RedirectResponse(url, headers=NO_STORE)
    return await stream_video(video_id, request, container)


@router.post("", status_code=202, responses=problem_responses(404, 409, 422, 429, 503))
async def request_playback(video_id: VideoId, container: ContainerDep, event: AuditEventDep) -> RunState:
    """Queue a copy that every browser plays, even of an original that browsers should play.

    Returns the active run if there is one. A copy that exists is not made again.
    """
    state = await container.playback.request(video_id)
    event.set(run=state.request_id)
    return state
