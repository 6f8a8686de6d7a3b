"""`/api/duplicates`: videos that the library has more than once."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep
from app.api.params.dismissed_list import DismissedListParams
from app.api.responses import DISMISSED_LIST, problem_responses
from app.models.bulk import OperationId
from app.models.duplicates import (
    MAX_MERGED,
    DismissedPage,
    DuplicateDismissal,
    DuplicateList,
    DuplicateMerge,
    DuplicateMerged,
    DuplicateMergeUndone,
    VideoIdText,
)

router = APIRouter(prefix="/duplicates", tags=["duplicates"])

MergeId = Annotated[OperationId, Path(description="`operation` of the merge.")]


@router.get("", responses=problem_responses(503))
async def list_duplicates(container: ContainerDep) -> DuplicateList:
    """List groups of videos with the same bytes, then groups of near-duplicates.

    Near-duplicates are found by the pictures that they show, once a worker has read the frames of both.
    """
    return await container.duplicates.list_groups()


@router.post("/merge", responses=problem_responses(404, 409, 422, 503))
async def merge_duplicates(
    wanted: DuplicateMerge, container: ContainerDep, event: AuditEventDep
) -> DuplicateMerged:
    """Keep one video and move the others to the trash.

    The kept video receives their tags, favourite mark, latest watch position and kept moments, and source
    URL, description and similar values if it has none.
    """
    merged = await container.duplicates.merge(wanted.keep, wanted.remove)
    container.video_files.evict(*wanted.remove)
    event.set(target=wanted.keep, removed=len(merged.trashed), moments=merged.moments)
    return merged


@router.post("/merge/{operation_id}/undo", responses=problem_responses(404, 409, 422, 503))
async def undo_duplicate_merge(
    operation_id: MergeId, container: ContainerDep, event: AuditEventDep
) -> DuplicateMergeUndone:
    """Undo a merge: restore the removed videos, and the tags, marks and moments of the video kept.

    What was changed since the merge stays as it is. A repeated request changes nothing.
    """
    undone = await container.duplicates.undo_merge(operation_id)
    event.set(video=undone.keep, restored=len(undone.restored), moments=undone.moments)
    return undone


@router.post("/dismiss", status_code=204, responses=problem_responses(404, 422, 503))
async def dismiss_duplicates(
    wanted: DuplicateDismissal, container: ContainerDep, event: AuditEventDep
) -> None:
    """Record that these videos are not duplicates of each other, so that they are not listed again."""
    await container.duplicates.dismiss(wanted.ids)
    event.set(target=wanted.ids[0], ids=len(wanted.ids))


@router.get("/dismissed", responses=DISMISSED_LIST)
async def list_dismissed_duplicates(
    request: Request,
    response: Response,
    container: ContainerDep,
    params: Annotated[DismissedListParams, Query()],
) -> DismissedPage:
    """List the pairs that were marked as not duplicates, the latest first. The next page is in `Link`."""
    page, position = await container.duplicates.list_dismissed(limit=params.limit, after=params.after())
    if position:
        response.headers["link"] = params.next_link(position, request)
    return page


@router.delete("/dismissed", status_code=204, responses=problem_responses(404, 422, 503))
async def undismiss_duplicates(
    container: ContainerDep,
    event: AuditEventDep,
    ids: Annotated[
        list[VideoIdText],
        Query(alias="id", min_length=2, max_length=MAX_MERGED, description="The videos of the pair."),
    ],
) -> None:
    """Undo `dismiss` for two videos, or for each pair of several: they are listed again if they match."""
    await container.duplicates.undismiss(ids)
    event.set(target=ids[0], ids=len(ids))
