"""`/api/feed.xml` and `/api/feed/…`: an RSS feed of videos and its files, for podcast apps.

These paths also accept HTTP Basic authentication with a key as password, which podcast apps support.
"""

from dataclasses import replace
from hashlib import blake2b
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.api.dependencies import ContainerDep, ObjectStreamsDep, VideoId
from app.api.file_responses import LocalFileResponse, local_file_response
from app.api.params.feed import FeedParams
from app.api.params.saved_views import parse_view
from app.api.params.video_list import VideoSelectionParams
from app.api.responses import FEED, STREAM, THUMBNAIL, problem_responses
from app.core.concurrency import run_in_thread
from app.core.exceptions import ObjectNotFoundError, ViewNotFoundError
from app.database.session import transaction
from app.repositories import feed_query, saved_view_repository
from app.repositories.feed_query import FeedFields
from app.repositories.video_list_query import VideoRow, read_page
from app.services.container import ApiContainer
from app.services.library import copy_sizes, local_files
from app.services.library.feed import MEDIA_TYPE, FeedAddresses, make_feed
from app.services.library.thumbnails import list_existing
from app.services.storage.timeouts import with_request_timeout

router = APIRouter(tags=["videos"])

TITLE = "VideoMoments"
CACHE_CONTROL = "private, no-cache"

Filename = Annotated[
    str, Path(description="Any name; programs take the type of the file from its extension.")
]


@router.get("/feed.xml", response_class=Response, responses=FEED)
async def get_feed(
    request: Request, container: ContainerDep, params: Annotated[FeedParams, Query()]
) -> Response:
    """Return an RSS feed with podcast tags of the first videos of a list or of a saved view.

    Programs that send no headers of their own use Basic authentication: any user name, and a key as password.
    """
    title, selection = await _selection(params)
    query = replace(selection.to_query(), details=True)
    local = selection.local_conditions()
    filters = await run_in_thread(local.apply, query.filter, container.settings)
    page = await read_page(container.read_pool, replace(query, filter=filters), limit=params.limit)
    rows = [VideoRow(*row) for row in page.rows]
    fields = await feed_query.read_feed_fields(container.read_pool, [row.id for row in rows])
    fields = await _with_copy_sizes(container, rows, fields)
    site = str(request.base_url).rstrip("/")
    pictured = await run_in_thread(list_existing, container.settings, [row.identifier for row in rows])
    addresses = FeedAddresses(site=site, feed=str(request.url))
    body = make_feed(title, rows, fields, pictured, addresses)
    headers = {"etag": f'"{blake2b(body, digest_size=16).hexdigest()}"', "cache-control": CACHE_CONTROL}
    known = request.headers.get("if-none-match", "").split(",")
    # Weak: compression changes the bytes.
    if headers["etag"] in [tag.strip().removeprefix("W/") for tag in known]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


async def _with_copy_sizes(
    container: ApiContainer, rows: list[VideoRow], fields: dict[int, FeedFields]
) -> dict[int, FeedFields]:
    """Return the columns with the sizes of copies that earlier versions made."""
    lacking = {
        row.identifier: row.id
        for row in rows
        if (found := fields.get(row.id)) is not None and found.has_copy and found.copy_bytes is None
    }
    if not lacking:
        return fields
    sizes = await copy_sizes.read_missing(container.uploader, lacking)
    return fields | {
        lacking[name]: fields[lacking[name]]._replace(copy_bytes=size) for name, size in sizes.items()
    }


async def _selection(params: FeedParams) -> tuple[str, VideoSelectionParams]:
    """Return the title of the feed, and the filters of the saved view or of the address."""
    if params.view is None:
        return TITLE, params
    async with transaction() as session:
        view = await saved_view_repository.get(session, params.view)
    if view is None:
        raise ViewNotFoundError(params.view)
    selection, _ = parse_view(view.query)
    return view.name, selection


# Before the route of files, whose name may be anything.
@router.head(
    "/feed/{video_id}/thumbnail.jpg", response_class=Response, responses=THUMBNAIL, name="head_feed_thumbnail"
)
@router.get("/feed/{video_id}/thumbnail.jpg", response_class=Response, responses=THUMBNAIL)
async def get_feed_thumbnail(video_id: VideoId, container: ContainerDep) -> Response:
    """Return the video's thumbnail as JPEG, for podcast apps that use the password of the feed."""
    opened = await container.thumbnails.open(video_id)
    return LocalFileResponse(opened, {"cache-control": CACHE_CONTROL})


@router.head(
    "/feed/{video_id}/{filename}",
    response_class=Response,
    responses=STREAM | problem_responses(429),
    name="head_feed_file",
)
@router.get("/feed/{video_id}/{filename}", response_class=Response, responses=STREAM | problem_responses(429))
async def get_feed_file(
    video_id: VideoId,
    filename: Filename,  # noqa: ARG001 - for the program's eyes only
    request: Request,
    container: ContainerDep,
    streams: ObjectStreamsDep,
) -> Response:
    """Return the playback copy, or else the original, without redirects that would reveal the bucket."""
    video = await local_files.get_video_or_404(video_id)
    if video.playback_state == "ready":
        return await _from_bucket(container, streams, container.uploader.playback_path(video_id), request)
    opened = await container.video_files.open(video_id)
    if opened is not None:
        return local_file_response(opened, container.settings)
    path = local_files.object_path(container.uploader, video)
    return await _from_bucket(container, streams, path, request)


async def _from_bucket(
    container: ApiContainer, streams: ObjectStreamsDep, path: str, request: Request
) -> Response:
    stored = await with_request_timeout(container.uploader.describe_object(path))
    if stored is None:
        raise ObjectNotFoundError("the file does not exist", remedy="check the storage: videomoments doctor")
    return streams.respond(stored, request)
