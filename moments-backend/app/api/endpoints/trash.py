"""`/api/trash`: deleted videos."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, VideoId
from app.api.file_responses import LocalFileResponse
from app.api.params.trash_list import TrashListParams
from app.api.responses import THUMBNAIL, TRASH_LIST, problem_responses
from app.models.bulk import BulkOperationRead
from app.models.trash import TrashPage

router = APIRouter(prefix="/trash", tags=["trash"])

CACHE_HEADERS = {"cache-control": "private, no-cache"}

DeleteLocal = Annotated[
    bool,
    Query(description="Delete the local files, too; otherwise the next migration adds the videos again."),
]


@router.get("", responses=TRASH_LIST)
async def list_trash(
    request: Request,
    response: Response,
    container: ContainerDep,
    params: Annotated[TrashListParams, Query()],
) -> TrashPage:
    """List the videos in the trash, the last deleted one first. The next page is in `Link`."""
    page, cursor = await container.trash.list_page(limit=params.limit, after=params.after())
    if cursor:
        response.headers["link"] = params.next_link(cursor, request)
    return page


@router.delete("", status_code=202, responses=problem_responses(409, 422, 503))
async def empty_trash(
    container: ContainerDep,
    event: AuditEventDep,
    *,
    before: Annotated[
        AwareDatetime | None,
        Query(description="Keep videos that were deleted after this time: `as_of` of the list shown."),
    ] = None,
    expected: Annotated[
        int | None, Query(ge=0, description="Number of videos shown; another number is 409.")
    ] = None,
    delete_local: DeleteLocal = False,
) -> BulkOperationRead:
    """Delete all videos in the trash for good. They vanish at once; a worker removes their bytes."""
    operation = await container.bulk.empty_trash(before=before, expected=expected, delete_local=delete_local)
    event.set(target=operation.id, videos=operation.total, delete_local=delete_local)
    return operation


@router.post("/{video_id}/restore", status_code=204, responses=problem_responses(404, 422, 503))
async def restore_video(video_id: VideoId, container: ContainerDep) -> None:
    """Take a video out of the trash. Runs and exports that its deletion cancelled can be retried."""
    await container.trash.restore(video_id)


@router.delete("/{video_id}", status_code=204, responses=problem_responses(404, 422, 503))
async def delete_from_trash(
    video_id: VideoId, container: ContainerDep, event: AuditEventDep, *, delete_local: DeleteLocal = False
) -> None:
    """Delete one video in the trash for good, with everything made from it."""
    await container.trash.purge(video_id, delete_local=delete_local, only_in_trash=True)
    event.set(delete_local=delete_local)


@router.head(
    "/{video_id}/thumbnail", response_class=Response, responses=THUMBNAIL, name="head_trash_thumbnail"
)
@router.get("/{video_id}/thumbnail", response_class=Response, responses=THUMBNAIL)
async def get_trash_thumbnail(video_id: VideoId, container: ContainerDep) -> Response:
    """Return the thumbnail of a video, also in the trash, where `/api/videos/{video_id}/thumbnail` is 404."""
    return LocalFileResponse(await container.thumbnails.open(video_id, include_deleted=True), CACHE_HEADERS)
