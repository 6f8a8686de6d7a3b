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
from app.models.watch_progress import WatchProgress, WatchProgressUpdate
from app.repositories import video_db_repository, watch_progress_repository
from app.services.library import local_files, tags
from app.services.library.events import event_data
from app.services.library.listing import VideoListing, describe
from app.services.webhooks import events as webhook_events

router = APIRouter(prefix="/videos", tags=["videos"])

JSON = "application/json"


@router.get("", response_model=list[VideoSummary | VideoResponse], responses=VIDEO_LIST)
async def list_videos(
    request: Request, container: ContainerDep, params: Annotated[VideoListParams, Query()]
) -> Response:
    """List all videos, newest first; with `limit` a page, whose successor is in `Link`."""
    listing = await VideoListing.prepare(
        container.read_pool, container.settings, params.to_query(), local=params.local_conditions()
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
    """Set title, spoken language, tags or favourite; a null title restores the one derived from the id."""
    changes = new.model_dump(include=new.model_fields_set)
    video = await video_db_repository.get_by_identifier(session, video_id)
    if video is not None and new.tags:
        changes["tags"] = await tags.spelled_as_in_library(session, new.tags, except_for=video.id)
    if video is None or not await video_db_repository.update(session, video.id, **changes):
        raise VideoNotFoundError(video_id)
    if changes:
        data = event_data(video) | {"changed": sorted(changes)}
        await webhook_events.record(session, "video.updated", data)
    event.set(**changes)
    return await describe(video, container.settings, await container.playback.describe(video))


@router.put("/{video_id}/progress", responses=problem_responses(404, 422, 503))
async def save_progress(video_id: VideoId, new: WatchProgressUpdate, session: SessionDep) -> WatchProgress:
    """Save the playback position. Close to the end, the video counts as watched and the position is null.

    The audit log does not contain it. Clients send it every few seconds at most.
    """
    saved = await watch_progress_repository.save(session, video_id, new.position)
    if saved is None:
        raise VideoNotFoundError(video_id)
    return saved


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
    permanent: Annotated[
        bool, Query(description="Delete the video for good, at once; needs the scope `admin`.")
    ] = False,
    delete_local: Annotated[
        bool,
        Query(
            description="Delete the video for good with its local file; needs the scope `admin`. A local file"
            " that stays is added again by the next migration."
        ),
    ] = False,
) -> None:
    """Move the video to the trash, from which it can be restored for `TRASH_DAYS` days.

    With `permanent` or `delete_local`, delete objects, derived files and row. Objects that cannot be deleted
    now are logged, and a worker deletes them later.
    """
    if permanent or delete_local:
        await container.trash.purge(video_id, delete_local=delete_local)
    else:
        await container.trash.trash(video_id)
    event.set(permanent=permanent or None, delete_local=delete_local)
    container.video_files.evict(video_id)
