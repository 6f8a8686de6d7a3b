"""Choices that runs keep in `videos.media`, beside what the file states."""

from typing import Any

from sqlalchemy import cast, func, literal, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import Video


async def merge(session: AsyncSession, identifier: str, **values: Any) -> None:
    """Set keys of the document; the others stay. A video without a row is ignored."""
    empty = cast(literal("{}"), JSONB)
    merged = func.coalesce(Video.media, empty).op("||")(cast(values, JSONB))
    await session.execute(update(Video).where(Video.identifier == identifier).values(media=merged))
