"""`/api/duplicates`: videos that the library has more than once."""

from fastapi import APIRouter

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep
from app.api.responses import problem_responses
from app.models.duplicates import DuplicateDismissal, DuplicateList, DuplicateMerge, DuplicateMerged

router = APIRouter(prefix="/duplicates", tags=["duplicates"])


@router.get("", responses=problem_responses(503))
async def list_duplicates(container: ContainerDep) -> DuplicateList:
    """List groups of videos with the same bytes, then groups of near-duplicates.

    Near-duplicates are found by the pictures that they show, once a worker has read the frames of both.
    """
    return await container.duplicates.list_groups()


@router.post("/merge", responses=problem_responses(404, 422, 503))
async def merge_duplicates(
    wanted: DuplicateMerge, container: ContainerDep, event: AuditEventDep
) -> DuplicateMerged:
    """Keep one video and move the others to the trash.

    The kept video receives their tags, favorite mark, latest watch position and kept moments, and source URL,
    description and similar values if it has none.
    """
    merged = await container.duplicates.merge(wanted.keep, wanted.remove)
    container.video_files.evict(*wanted.remove)
    event.set(target=wanted.keep, removed=len(merged.trashed), moments=merged.moments)
    return merged


@router.post("/dismiss", status_code=204, responses=problem_responses(404, 422, 503))
async def dismiss_duplicates(
    wanted: DuplicateDismissal, container: ContainerDep, event: AuditEventDep
) -> None:
    """Record that these videos are not duplicates of each other, so that they are not listed again."""
    await container.duplicates.dismiss(wanted.ids)
    event.set(target=wanted.ids[0], ids=len(wanted.ids))
