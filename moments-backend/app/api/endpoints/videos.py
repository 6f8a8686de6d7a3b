"""`/api/videos`: HTTP only; the work is done in `app/services`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from app.api.dependencies import ContainerDep, Download, SessionDep, VideoId
from app.api.file_responses import LocalFileResponse, accelerated_response
from app.api.openapi import LIST, STREAM, THUMBNAIL, problem_responses
from app.api.params.video_list import VideoListParams
from app.core.exceptions import VideoNotFoundError
from app.models.schemas import SignedUrl, VideoDetail, VideoResponse, VideoSummary, VideoTitle
from app.repositories import video_db_repository
from app.services.library import listing as video_listing, local_files
from app.services.library.deletion import delete_video
from app.services.library.listing import VideoListing

router = APIRouter(prefix="/videos", tags=["videos"])

JSON = "application/json"
NOT_STORED = {"cache-control": "no-store"}
THUMBNAIL_CACHING = {"cache-control": "private, max-age=60"}
"""Short: the original may be replaced, and a deleted video's picture should not linger."""


@router.get("", response_model=list[VideoSummary | VideoResponse], responses=LIST)
async def list_videos(
    request: Request, clients: ContainerDep, parameters: Annotated[VideoListParams, Query()]
) -> Response:
    """All videos, newest first; or a page of them, with the address of the next one in `Link`."""
    listing = await VideoListing.prepare(
        clients.reader, clients.settings, parameters.to_query(), has_transcript=parameters.has_transcript
    )
    if parameters.limit is None:
        return StreamingResponse(await listing.stream(), media_type=JSON)
    body, cursor = await listing.page(parameters.limit)
    headers = {"link": parameters.next_link(cursor, request)} if cursor else {}
    if parameters.count:
        headers["x-total-count"] = str(await listing.count())
    return Response(body, media_type=JSON, headers=headers)


@router.get("/{video_id}", responses=problem_responses(404, 422, 503))
async def get_video(video_id: VideoId, session: SessionDep, clients: ContainerDep) -> VideoDetail:
    """One video, with what ffprobe said of it."""
    video = await video_db_repository.get_by_identifier(session, video_id)
    if video is None:
        raise VideoNotFoundError(video_id)
    return await video_listing.describe(video, clients.settings)


@router.patch("/{video_id}", responses=problem_responses(404, 422, 503))
async def rename_video(
    video_id: VideoId, new: VideoTitle, session: SessionDep, clients: ContainerDep
) -> VideoDetail:
    """Give the video a title of its own, or with null the one that its id makes."""
    video = await video_db_repository.get_by_identifier(session, video_id)
    if video is None or not await video_db_repository.update(session, video.id, title=new.title):
        raise VideoNotFoundError(video_id)
    return await video_listing.describe(video, clients.settings)


@router.head("/{video_id}/stream", response_class=Response, responses=STREAM, name="head_video_stream")
@router.get("/{video_id}/stream", response_class=Response, responses=STREAM)
async def stream_video(
    video_id: VideoId, request: Request, clients: ContainerDep, *, download: Download = False
) -> Response:
    """The video's bytes: from the file on this machine, or else from where the bucket has them."""
    opened = await clients.originals.open(video_id)
    if opened is None:
        video = await local_files.get_video_or_404(video_id)
        url = await local_files.sign_video_url(
            clients.uploader, video, method=request.method, as_download=download
        )
        return RedirectResponse(url, headers=NOT_STORED)
    if prefix := clients.settings.x_accel_redirect_prefix:
        return accelerated_response(opened, prefix, as_download=download)
    return LocalFileResponse(opened, as_download=download)


@router.head("/{video_id}/thumbnail", response_class=Response, responses=THUMBNAIL, name="head_thumbnail")
@router.get("/{video_id}/thumbnail", response_class=Response, responses=THUMBNAIL)
async def get_thumbnail(video_id: VideoId, clients: ContainerDep) -> Response:
    """A picture of the video, at most 640 pixels wide."""
    return LocalFileResponse(await clients.thumbnails.open(video_id), THUMBNAIL_CACHING)


@router.get("/{video_id}/url", responses=problem_responses(404, 409, 422, 503))
async def get_video_url(video_id: VideoId, clients: ContainerDep) -> SignedUrl:
    """A link to the object that needs no key, for a while."""
    return await local_files.signed_url(clients.uploader, video_id)


@router.delete("/{video_id}", status_code=204, responses=problem_responses(404, 422, 503))
async def remove_video(
    video_id: VideoId,
    clients: ContainerDep,
    *,
    delete_local: Annotated[
        bool, Query(description="Also the original; else the next migration registers it again.")
    ] = False,
) -> None:
    """Delete the row, then the objects and the derived files. What could not be removed is logged."""
    await delete_video(
        video_id,
        settings=clients.settings,
        uploader=clients.uploader,
        thumbnails=clients.thumbnails,
        submission=clients.submission,
        delete_local=delete_local,
    )
