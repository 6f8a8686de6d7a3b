"""The list of videos as JSON, made from the table and one listing of two folders."""

import string
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any
from urllib.parse import quote

import anyio.to_thread
import orjson

from app.core.config import Settings
from app.database.models import Video
from app.database.read_pool import ReadPool
from app.models.schemas import VideoDetail
from app.repositories import directory_listing, video_list_query
from app.repositories.video_list_query import (
    DetailedRow,
    KeysetCursor,
    Row,
    VideoListQuery,
    read_all,
    read_page,
)
from app.services.library.titles import title_from

_PLAIN_IN_PATHS = (string.ascii_letters + string.digits + "-._~").encode()
"""https://www.rfc-editor.org/rfc/rfc3986#section-2.3"""

PLAIN_FIELDS = len(Row._fields)


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """What this machine's folders have: ids with sound, ids with a transcript, the videos' own names."""

    audios: frozenset[str]
    transcripts: frozenset[str]
    originals: frozenset[str] | None = None
    """None: nobody wants to know."""


async def find_local_files(settings: Settings, *, originals: bool = False) -> LocalFiles:
    """One listing of each folder, however many videos there are."""
    return await anyio.to_thread.run_sync(_list_local_files, settings, originals)


def _list_local_files(settings: Settings, originals: bool) -> LocalFiles:
    nothing: frozenset[str] = frozenset()
    return LocalFiles(
        directory_listing.listing(settings.audios_dir).stems.get(".wav", nothing),
        directory_listing.listing(settings.transcripts_dir).stems.get(".json", nothing),
        directory_listing.listing(settings.videos_dir).names if originals else None,
    )


def as_fields(rows: Sequence[Row], files: LocalFiles) -> list[dict[str, Any]]:
    """The fields of `VideoResponse`, for rows that may be plain tuples.

    What runs here runs for every row of a long list; hence one expression and no attribute look-ups.
    """
    audios, transcripts = files.audios, files.transcripts
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


def _with_details(fields: dict[str, Any], row: DetailedRow, originals: frozenset[str]) -> dict[str, Any]:
    """With the further fields of `VideoSummary`."""
    _, _, _, _, _, _, _, _, size, video_codec, audio_codec, resolution, frame_rate = row
    return fields | {
        "file_size_kb": size,
        "video_codec": video_codec,
        "audio_codec": audio_codec,
        "resolution": resolution,
        "frame_rate": frame_rate,
        "is_local": fields["filename"] in originals,
    }


def _as_json(rows: Sequence[Any], files: LocalFiles) -> bytes:
    originals = files.originals
    if originals is None:
        return orjson.dumps(as_fields(rows, files), option=orjson.OPT_NAIVE_UTC)
    fields = as_fields([row[:PLAIN_FIELDS] for row in rows], files)
    detailed = [_with_details(*pair, originals) for pair in zip(fields, rows, strict=True)]
    return orjson.dumps(detailed, option=orjson.OPT_NAIVE_UTC)


class VideoListing:
    """The list, and pages of it, as JSON.

    Args:
        has_transcript: only videos that have, or have not, a transcript in this machine's folder.
    """

    def __init__(self, reader: ReadPool, settings: Settings, has_transcript: bool | None = None) -> None:
        self._reader = reader
        self._settings = settings
        self._has_transcript = has_transcript

    async def page(self, query: VideoListQuery, limit: int) -> tuple[bytes, KeysetCursor | None]:
        """A JSON array of at most `limit` videos, and the position that the next page begins after."""
        files = await self._files(details=query.details)
        rows, following = await read_page(self._reader, self._narrowed(query, files), limit=limit)
        return _as_json(rows, files), following

    async def everything(self, query: VideoListQuery) -> AsyncIterator[bytes]:
        """A JSON array of every video, in pieces. The first of them is there when this returns.

        Raises:
            DatabaseError: the first piece could not be read; a later one raises from the iterator.
        """
        files = await self._files(details=query.details)
        pieces = _pieces(self._reader, self._narrowed(query, files), files)
        first = await anext(pieces)
        return _with_first(first, pieces)

    async def count(self, query: VideoListQuery) -> int:
        """How many videos the pages hold together."""
        files = await self._files(details=False)
        return await video_list_query.count(self._reader, self._narrowed(query, files).filter)

    async def _files(self, *, details: bool) -> LocalFiles:
        return await find_local_files(self._settings, originals=details)

    def _narrowed(self, query: VideoListQuery, files: LocalFiles) -> VideoListQuery:
        if self._has_transcript is None:
            return query
        transcripts = tuple(files.transcripts)
        if self._has_transcript:
            return replace(query, filter=replace(query.filter, among=transcripts))
        return replace(query, filter=replace(query.filter, except_for=transcripts))


async def _pieces(reader: ReadPool, query: VideoListQuery, files: LocalFiles) -> AsyncIterator[bytes]:
    before = b"["
    async for page in read_all(reader, query):
        # One array goes through all the pieces: orjson's own brackets are cut off.
        yield before + _as_json(page.rows, files)[1:-1] + (b"," if page.last else b"]")
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
    (fields,) = as_fields([row], await find_local_files(settings))
    return VideoDetail(
        **fields,
        file_size_kb=video.file_size_kb,
        video_codec=video.video_codec,
        audio_codec=video.audio_codec,
        resolution=video.resolution,
        frame_rate=video.frame_rate,
    )
