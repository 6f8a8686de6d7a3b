"""`/api/tags`: the tags of all videos."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep
from app.api.responses import problem_responses
from app.database.session import transaction
from app.models.tags import TagCount, TagRename
from app.models.text import NoNulStr
from app.repositories.facet_query import read_tags
from app.services.library import tags

router = APIRouter(prefix="/tags", tags=["videos"])

TagName = Annotated[NoNulStr, Path(description="The tag; case does not matter.")]


@router.get("", responses=problem_responses(503))
async def list_tags(container: ContainerDep) -> list[TagCount]:
    """Return all tags in natural order, each with its number of videos."""
    return [TagCount(name=name, count=count) for name, count in await read_tags(container.read_pool)]


# A tag may contain slashes.
@router.patch("/{tag:path}", responses=problem_responses(404, 422, 503))
async def rename_tag(tag: TagName, new: TagRename, event: AuditEventDep) -> TagCount:
    """Rename a tag on all videos, also on those in the trash; an existing tag of the new name is merged."""
    async with transaction(tags.STATEMENT_SECONDS) as session:
        renamed = await tags.rename(session, tag, new.name)
    event.set(name=renamed.name, videos=renamed.count)
    return renamed


@router.delete("/{tag:path}", status_code=204, responses=problem_responses(404, 422, 503))
async def delete_tag(tag: TagName) -> None:
    """Remove a tag from all videos, also from those in the trash."""
    async with transaction(tags.STATEMENT_SECONDS) as session:
        await tags.delete(session, tag)
