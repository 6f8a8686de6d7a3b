"""`/api/videos`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, Download, SessionDep, VideoId
from app.api.file_responses import NO_STORE, local_file_response
from app.api.params.video_list import VideoListParams
from app.api.responses import STREAM, VIDEO_LIST, problem_responses
from app.core.exceptions import VideoNotFoundError
from app.models.schemas import SignedUrl, VideoDetail, VideoResponse, VideoSummary, VideoUpdate
from app.repositories import video_db_repository
from app.services.library import local_files
from app.services.library.deletion import delete_video
from app.services.library.listing import VideoListing, describe

router = APIRouter(prefix="/videos", tags=["videos"])

JSON = "application/json"


@router.get("", response_model=list[VideoSummary | VideoResponse], responses=VIDEO_LIST)
async def list_videos(
    request: Request, container: ContainerDep, params: Annotated[VideoListParams, Query()]
) -> Response:
    """List all videos, newest first; with `limit` a page, whose successor is in `Link`."""
    listing = await VideoListing.prepare(
        container.read_pool, container.settings, params.to_query(), has_transcript=params.has_transcript
    )
    if params.limit is None:
        return StreamingResponse(await listing.stream(), media_type=JSON)
    body, cursor = await listing.page(params.limit)
    headers = {"link": params.next_link(cursor, request)} if cursor else {}
    if params.count:
        headers["x-total-count"] = str(await listing.count())
    return Response(body, media_type=JSON, headers=headers)


@router.get("/{video_id}", responses=problem_responses(404, 422, 503))
async def get_video(video_id: VideoId, container: ContainerDep) -> VideoDetail:
    """Return one video with its media metadata and what a player plays."""
    video = await local_files.get_video_or_404(video_id)
    return await describe(video, container.settings, await container.playback.describe(video))


@router.patch("/{video_id}", responses=problem_responses(404, 422, 503))
async def change_video(
    video_id: VideoId, new: VideoUpdate, session: SessionDep, container: ContainerDep, event: AuditEventDep
) -> VideoDetail:
    """Set the title, or with null restore the one derived from the id; set the spoken language."""
    changes = new.model_dump(include=new.model_fields_set)
    video = await video_db_repository.get_by_identifier(session, video_id)
    if video is None or not await video_db_repository.update(session, video.id, **changes):
        raise VideoNotFoundError(video_id)
    event.set(**changes)
    return await describe(video, container.settings, await container.playback.describe(video))


@router.head("/{video_id}/stream", response_class=Response, responses=STREAM, name="head_video_stream")
@router.get("/{video_id}/stream", response_class=Response, responses=STREAM)
async def stream_video(
    video_id: VideoId, request: Request, container: ContainerDep, *, download: Download = False
) -> Response:
    """Return the video's local file, or redirect to the bucket."""
    opened = await container.video_files.open(video_id)
    if opened is None:
        video = await local_files.get_video_or_404(video_id)
        url = await local_files.sign_video_url(
            container.uploader, video, method=request.method, as_download=download
        )
        return RedirectResponse(url, headers=NO_STORE)
    return local_file_response(opened, container.settings, as_download=download)


@router.get("/{video_id}/url", responses=problem_responses(404, 409, 422, 503))
async def get_video_url(video_id: VideoId, container: ContainerDep) -> SignedUrl:
    """Return a signed URL of the object, which needs no key until it expires."""
    return await local_files.signed_url(container.uploader, video_id)


@router.delete("/{video_id}", status_code=204, responses=problem_responses(404, 422, 503))
async def remove_video(
    video_id: VideoId,
    container: ContainerDep,
    event: AuditEventDep,
    *,
    delete_local: Annotated[
        bool,
        Query(
            description="Delete the local file too, which needs the scope `admin`; otherwise the next"
            " migration adds the video again."
        ),
    ] = False,
) -> None:
    """Delete the row, then the objects and derived files. Files that cannot be deleted are logged."""
    await delete_video(
        video_id,
        settings=container.settings,
        uploader=container.uploader,
        thumbnails=container.thumbnails,
        storyboards=container.storyboards,
        delete_runs=container.run_service.delete_runs,
        delete_local=delete_local,
    )
    event.set(delete_local=delete_local)
