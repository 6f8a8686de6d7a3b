"""Tags of the library: consistent spelling, renaming and removal."""

from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import TagNotFoundError
from app.models.tags import TagCount, merge_tags
from app.models.text import fold_case
from app.repositories import tag_repository

STATEMENT_SECONDS = 120.0
"""Time limit of changing a tag that all videos of a large library have."""


async def spelled_as_in_library(
    session: AsyncSession, tags: Sequence[str], *, except_for: int = 0
) -> list[str]:
    """Return the tags as other videos spell them, so that case never makes two tags of one.

    Args:
        except_for: `videos.id` of the video that gets the tags; its own spelling may change.
    """
    known = {
        fold_case(name): name for name in await tag_repository.list_names(session, except_for=except_for)
    }
    return merge_tags(known.get(fold_case(tag), tag) for tag in tags)


async def rename(session: AsyncSession, name: str, new_name: str) -> TagCount:
    """Rename a tag on all videos; if the library has the new name, both become one tag.

    Raises:
        TagNotFoundError: no video has the tag.
    """
    names = await tag_repository.list_names(session)
    spellings = _spellings(names, name)
    await tag_repository.replace(session, {*spellings, *_matching(names, new_name)}, new_name)
    return TagCount(name=new_name, count=await tag_repository.count(session, new_name))


async def delete(session: AsyncSession, name: str) -> None:
    """Remove a tag from all videos.

    Raises:
        TagNotFoundError: no video has the tag.
    """
    await tag_repository.remove(session, _spellings(await tag_repository.list_names(session), name))


def _spellings(names: Iterable[str], name: str) -> list[str]:
    found = _matching(names, name)
    if not found:
        raise TagNotFoundError(name)
    return found


def _matching(names: Iterable[str], name: str) -> list[str]:
    """Return the names that differ from `name` in case or composition at most."""
    folded = fold_case(name)
    return [found for found in names if fold_case(found) == folded]
