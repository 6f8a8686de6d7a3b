"""The list of videos as JSON, made from the table and one listing of two folders."""

import string
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from urllib.parse import quote

import anyio.to_thread
import orjson

from app.core.config import Settings
from app.database.models import Video
from app.database.reader import Reader
from app.models.schemas import VideoDetail
from app.repositories import local_files
from app.repositories.video_listing import ListQuery, Position, Row, read_all, read_page
from app.services.titles import title_from

_PLAIN_IN_PATHS = (string.ascii_letters + string.digits + "-._~").encode()
"""https://www.rfc-editor.org/rfc/rfc3986#section-2.3"""


@dataclass(frozen=True, slots=True)
class DerivedFiles:
    """The videos that have an audio file, and those that have a transcript."""

    audios: frozenset[str]
    transcripts: frozenset[str]


async def find_derived_files(settings: Settings) -> DerivedFiles:
    """One listing of each folder, however many videos there are."""
    return await anyio.to_thread.run_sync(_list_derived_files, settings)


def _list_derived_files(settings: Settings) -> DerivedFiles:
    nothing: frozenset[str] = frozenset()
    return DerivedFiles(
        local_files.listing(settings.audios_dir).stems.get(".wav", nothing),
        local_files.listing(settings.transcripts_dir).stems.get(".json", nothing),
    )


def as_fields(rows: Sequence[Row], derived: DerivedFiles) -> list[dict[str, Any]]:
    """The fields of `VideoResponse`, for rows that may be plain tuples.

    What runs here runs for every row of a long list; hence one expression and no attribute look-ups.
    """
    audios, transcripts = derived.audios, derived.transcripts
    return [
        {
            "id": identifier,
            # Never by urlparse: a name may hold `#` and `?`.
            "filename": cloud_url.rpartition("/")[2],
            "title": title or title_from(identifier),
            "thumbnail_url": f"/api/videos/{segment}/thumbnail",
            "has_audio": identifier in audios,
            "has_transcript": identifier in transcripts,
            "duration_seconds": duration,
            "cloud_url": cloud_url,
            "source_url": source_url,
            "created_at": created_at,
        }
        for (identifier, cloud_url, source_url, title, duration, created_at, _, _), segment in zip(
            rows, _path_segments([row[0] for row in rows]), strict=True
        )
    ]


def _path_segments(identifiers: Sequence[str]) -> Sequence[str]:
    """Percent-encoded. Mostly there is nothing to encode, and one look at all of them together tells."""
    if not "".join(identifiers).encode().translate(None, delete=_PLAIN_IN_PATHS):
        return identifiers
    return [quote(identifier, safe="") for identifier in identifiers]


def _as_json(fields: list[dict[str, Any]]) -> bytes:
    return orjson.dumps(fields, option=orjson.OPT_NAIVE_UTC)


async def list_page(
    reader: Reader, settings: Settings, query: ListQuery, limit: int
) -> tuple[bytes, Position | None]:
    """A JSON array of at most `limit` videos, and the position that the next page begins after."""
    derived = await find_derived_files(settings)
    rows, following = await read_page(reader, query, limit=limit)
    return _as_json(as_fields(rows, derived)), following


async def list_everything(reader: Reader, settings: Settings, query: ListQuery) -> AsyncIterator[bytes]:
    """A JSON array of every video, in pieces. The first of them is there when this returns.

    Raises:
        DatabaseError: the first piece could not be read; a later one raises from the iterator.
    """
    pieces = _pieces(reader, query, await find_derived_files(settings))
    first = await anext(pieces)
    return _with_first(first, pieces)


async def _pieces(reader: Reader, query: ListQuery, derived: DerivedFiles) -> AsyncIterator[bytes]:
    before = b"["
    async for page in read_all(reader, query):
        # One array goes through all the pieces: orjson's own brackets are cut off.
        yield before + _as_json(as_fields(page.rows, derived))[1:-1] + (b"," if page.last else b"]")
        before = b""


async def _with_first(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece


async def describe(video: Video, settings: Settings) -> VideoDetail:
    """One video with all that is known of it."""
    row = Row(
        identifier=video.identifier,
        cloud_url=video.cloud_url,
        source_url=video.source_url,
        title=video.title,
        duration_seconds=video.duration_seconds,
        created_at=video.created_at.astimezone(UTC),
        id=video.id,
        title_key=None,
    )
    (fields,) = as_fields([row], await find_derived_files(settings))
    return VideoDetail(
        **fields,
        file_size_kb=video.file_size_kb,
        video_codec=video.video_codec,
        audio_codec=video.audio_codec,
        resolution=video.resolution,
        frame_rate=video.frame_rate,
    )
