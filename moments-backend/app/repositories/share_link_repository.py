"""Queries on the table `share_links`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import ShareLink, Video

MAX_LISTED = 1000


class SharedLink(NamedTuple):
    """A link and its video, which is not in the trash."""

    link: ShareLink
    video: Video


async def create(session: AsyncSession, **columns: Any) -> ShareLink:
    link = ShareLink(**columns)
    session.add(link)
    await session.flush()
    await session.refresh(link)
    return link


async def find_by_token(session: AsyncSession, token_hash: str) -> SharedLink | None:
    statement = (
        select(ShareLink, Video)
        .join(Video, Video.id == ShareLink.video_id)
        .where(ShareLink.token_hash == token_hash, Video.deleted_at.is_(None))
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else SharedLink(*row)


async def list_links(session: AsyncSession, *, video_id: int | None = None) -> list[SharedLink]:
    """Return the newest links, of all videos or of one, at most `MAX_LISTED`."""
    statement = (
        select(ShareLink, Video)
        .join(Video, Video.id == ShareLink.video_id)
        .where(Video.deleted_at.is_(None))
        .order_by(ShareLink.created_at.desc(), ShareLink.id)
        .limit(MAX_LISTED)
    )
    if video_id is not None:
        statement = statement.where(ShareLink.video_id == video_id)
    return [SharedLink(*row) for row in await session.execute(statement)]


async def revoke(session: AsyncSession, share_id: str, at: datetime) -> ShareLink | None:
    """Revoke a link unless it is revoked already; return it, or None if it does not exist."""
    link = await session.get(ShareLink, share_id, with_for_update=True)
    if link is not None and link.revoked_at is None:
        link.revoked_at = at
    return link


async def count_view(session: AsyncSession, share_id: str, at: datetime) -> None:
    await session.execute(
        update(ShareLink).where(ShareLink.id == share_id).values(views=ShareLink.views + 1, last_viewed_at=at)
    )


async def set_export(session: AsyncSession, share_id: str, export_id: str) -> None:
    await session.execute(update(ShareLink).where(ShareLink.id == share_id).values(export_id=export_id))
