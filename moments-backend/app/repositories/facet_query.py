"""Values that the filters of the library offer, each with its number of videos; the trash does not count."""

from typing import NamedTuple

from app.database.models.video import HAS_TAGS, NOT_DELETED
from app.database.read_pool import ReadPool
from app.repositories.video_filter import SPOKEN_LANGUAGE


class Facet(NamedTuple):
    """A value that videos share, and the number of these videos."""

    value: str
    videos: int


class FolderFacet(NamedTuple):
    """A folder with the number of its videos, and of those in it and in the folders below it."""

    value: str
    videos: int
    total: int


_CHANNELS = f"""
    SELECT channel, count(*) FROM videos WHERE channel IS NOT NULL AND {NOT_DELETED}
    GROUP BY channel ORDER BY lower(channel), channel
"""  # noqa: S608 - only the constants above
_LANGUAGES = f"""
    SELECT language, count(*) FROM (SELECT {SPOKEN_LANGUAGE} AS language FROM videos WHERE {NOT_DELETED}) AS v
    WHERE language IS NOT NULL AND language <> 'und' GROUP BY language ORDER BY count(*) DESC, language
"""  # noqa: S608 - only the constants above
_TAGS = f"""
    SELECT tag, count(*) FROM videos CROSS JOIN unnest(tags) AS tag WHERE {HAS_TAGS} AND {NOT_DELETED}
    GROUP BY tag ORDER BY natural_key(tag) COLLATE "C", tag
"""  # noqa: S608 - only the constants above
_FOLDERS = f"""
    SELECT regexp_replace(relative_path, '/[^/]*$', '') AS folder, count(*) FROM videos
    WHERE strpos(relative_path, '/') > 0 AND {NOT_DELETED} GROUP BY folder
"""  # noqa: S608 - only the constants above


async def read_channels(read_pool: ReadPool) -> list[Facet]:
    return [Facet(*row) for row in await read_pool.rows(_CHANNELS, {})]


async def read_languages(read_pool: ReadPool) -> list[Facet]:
    """Return the spoken languages, most frequent first."""
    return [Facet(*row) for row in await read_pool.rows(_LANGUAGES, {})]


async def read_tags(read_pool: ReadPool) -> list[Facet]:
    """Return the tags in natural order."""
    return [Facet(*row) for row in await read_pool.rows(_TAGS, {})]


async def read_folders(read_pool: ReadPool) -> list[FolderFacet]:
    """Return the folders and the folders above them, sorted by path."""
    counts: dict[str, int] = dict(await read_pool.rows(_FOLDERS, {}))
    totals: dict[str, int] = {}
    for folder, videos in counts.items():
        parts = folder.split("/")
        for depth in range(1, len(parts) + 1):
            above = "/".join(parts[:depth])
            totals[above] = totals.get(above, 0) + videos
    return [FolderFacet(path, counts.get(path, 0), totals[path]) for path in sorted(totals)]
