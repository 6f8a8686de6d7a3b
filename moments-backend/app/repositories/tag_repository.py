"""Tags of all videos, in the column `videos.tags`.

Functions take the session first and never commit: the caller ends the transaction. Videos in the trash keep
their tags and take part in changes, so that a restored video has no outdated tag.
"""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_NAMES = text("SELECT DISTINCT tag FROM videos CROSS JOIN unnest(tags) AS tag WHERE id <> :except_for")
_COUNT = text("SELECT count(*) FROM videos WHERE tags @> ARRAY[CAST(:name AS text)] AND deleted_at IS NULL")
_REPLACE = text("""
    UPDATE videos SET tags = ARRAY(
        SELECT renamed FROM (
            SELECT CASE WHEN tag = ANY(:spellings) THEN CAST(:name AS text) ELSE tag END AS renamed,
                min(place) AS place
            FROM unnest(tags) WITH ORDINALITY AS list (tag, place) GROUP BY 1
        ) AS merged ORDER BY place
    )
    WHERE tags && CAST(:spellings AS text[])
""")
_REMOVE = text("""
    UPDATE videos SET tags = ARRAY(
        SELECT tag FROM unnest(tags) WITH ORDINALITY AS list (tag, place)
        WHERE tag <> ALL(:spellings) ORDER BY place
    )
    WHERE tags && CAST(:spellings AS text[])
""")


async def list_names(session: AsyncSession, *, except_for: int = 0) -> list[str]:
    """Return the tags of all videos but one, given by `videos.id`."""
    return list(await session.scalars(_NAMES, {"except_for": except_for}))


async def count(session: AsyncSession, name: str) -> int:
    """Return the number of videos with a tag; those in the trash do not count."""
    return int((await session.execute(_COUNT, {"name": name})).scalar_one())


async def replace(session: AsyncSession, spellings: Collection[str], name: str) -> None:
    """Rename tags to `name`; a video that has several of them gets one, at the first place."""
    await session.execute(_REPLACE, {"spellings": list(spellings), "name": name})


async def remove(session: AsyncSession, spellings: Collection[str]) -> None:
    """Remove tags from all videos."""
    await session.execute(_REMOVE, {"spellings": list(spellings)})
