"""The list of videos as JSON: rows of the table, and one listing of each local folder."""

import string
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any, Self
from urllib.parse import quote

import orjson

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.database.models import Video
from app.database.read_pool import ReadPool
from app.models.media_info import MediaInfo
from app.models.playback import Playback
from app.models.schemas import VideoDetail
from app.repositories import directory_listing, video_list_query
from app.repositories.directory_listing import VideoTree
from app.repositories.video_filter import VideoFilter
from app.repositories.video_list_query import (
    KeysetCursor,
    VideoListQuery,
    VideoRow,
    read_all,
    read_page,
)
from app.services.library.local_conditions import NO_LOCAL_CONDITIONS, LocalConditions
from app.services.library.location import location_of
from app.services.library.titles import title_from

_UNRESERVED = (string.ascii_letters + string.digits + "-._~").encode()
"""https://www.rfc-editor.org/rfc/rfc3986#section-2.3"""

_NO_IDS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """Contents of the local folders: ids with audio, ids with a transcript, files of videos."""

    audios: frozenset[str]
    transcripts: frozenset[str]
    videos: VideoTree | None = None
    """None if the request does not ask for details."""

    @classmethod
    def scan(cls, settings: Settings, *, with_videos: bool = False) -> Self:
        """List each folder once. Blocks: call it in a thread."""
        videos = VideoTree(settings.videos_dir) if with_videos else None
        if videos is not None:
            videos.load([""])
        return cls(
            directory_listing.listing(settings.audios_dir).stems.get(".wav", _NO_IDS),
            directory_listing.listing(settings.transcripts_dir).stems.get(".json", _NO_IDS),
            videos,
        )

    async def load_folders(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """List the folders of the rows' files that are not listed yet."""
        if self.videos is None:
            return
        folders = {(row[_RELATIVE_PATH] or "").rpartition("/")[0] for row in rows}
        if missing := self.videos.missing(folders):
            await run_in_thread(self.videos.load, missing)


class VideoListing:
    """One request for the list: its query, and the local files at the time of the request."""

    def __init__(self, read_pool: ReadPool, query: VideoListQuery, files: LocalFiles) -> None:
        self._read_pool = read_pool
        self._query = query
        self._files = files

    @classmethod
    async def prepare(
        cls,
        read_pool: ReadPool,
        settings: Settings,
        query: VideoListQuery,
        *,
        local: LocalConditions = NO_LOCAL_CONDITIONS,
    ) -> Self:
        """Scan the local folders.

        Args:
            local: conditions on local files.
        """
        files = await run_in_thread(lambda: LocalFiles.scan(settings, with_videos=query.details))
        if local != NO_LOCAL_CONDITIONS:
            filters = await run_in_thread(local.apply, query.filter, settings)
            query = replace(query, filter=filters)
        return cls(read_pool, query, files)

    @property
    def filter(self) -> VideoFilter:
        """The conditions on the table, with those of the local folders."""
        return self._query.filter

    async def page(self, limit: int) -> tuple[bytes, KeysetCursor | None]:
        """Return a JSON array of at most `limit` videos, and the cursor of the next page."""
        rows, cursor = await read_page(self._read_pool, self._query, limit=limit)
        await self._files.load_folders(rows)
        return _to_json(rows, self._files), cursor

    async def stream(self) -> AsyncIterator[bytes]:
        """Return a JSON array of all videos in chunks. The first chunk is read before this returns.

        Raises:
            DatabaseError: the first chunk could not be read; the iterator raises it for a later one.
        """
        chunks = self._chunks()
        first = await anext(chunks)

        async def all_chunks() -> AsyncIterator[bytes]:
            yield first
            async for chunk in chunks:
                yield chunk

        return all_chunks()

    async def count(self) -> int:
        """Return the number of videos on all pages."""
        return await video_list_query.count(self._read_pool, self._query.filter)

    async def _chunks(self) -> AsyncIterator[bytes]:
        opening = b"["
        async for rows, cursor in read_all(self._read_pool, self._query):
            await self._files.load_folders(rows)
            # All chunks form one array: remove the brackets of each chunk.
            yield opening + _to_json(rows, self._files)[1:-1] + (b"," if cursor else b"]")
            opening = b""


async def describe(video: Video, settings: Settings, playback: Playback) -> VideoDetail:
    """Return one video with its details and with what a player plays."""
    row = VideoRow(
        identifier=video.identifier,
        cloud_url=video.cloud_url,
        source_url=video.source_url,
        title=video.title,
        duration_seconds=video.duration_seconds,
        created_at=video.created_at.astimezone(UTC),
        id=video.id,
        sort_key=None,
        file_size_kb=video.file_size_kb,
        video_codec=video.video_codec,
        audio_codec=video.audio_codec,
        resolution=video.resolution,
        frame_rate=video.frame_rate,
        size_bytes=video.size_bytes,
        recorded_at=video.recorded_at.astimezone(UTC) if video.recorded_at else None,
        channel=video.channel,
        relative_path=video.relative_path,
        tags=video.tags,
        is_favorite=video.is_favorite,
        watch_position=video.watch_position,
        last_watched_at=video.last_watched_at.astimezone(UTC) if video.last_watched_at else None,
        verification_error=video.verification_error,
    )
    files = await run_in_thread(lambda: LocalFiles.scan(settings, with_videos=True))
    await files.load_folders([row])
    (fields,) = _to_fields([row[:_PLAIN_FIELDS]], files)
    details = _with_details(fields, row, files.videos or VideoTree(settings.videos_dir))
    del details["is_local"], details["language"], details["has_speech"]
    media = MediaInfo.model_validate(video.media or {})
    return VideoDetail(
        **details,
        description=video.description,
        language=video.language,
        audio_streams=list(media.audio),
        playback=playback,
    )


def _to_json(rows: Sequence[tuple[Any, ...]], files: LocalFiles) -> bytes:
    """Serialise rows as `VideoResponse`, or with details as `VideoSummary`."""
    if files.videos is None:
        return orjson.dumps(_to_fields(rows, files), option=orjson.OPT_NAIVE_UTC)
    fields = _to_fields([row[:_PLAIN_FIELDS] for row in rows], files)
    detailed = [_with_details(*pair, files.videos) for pair in zip(fields, rows, strict=True)]
    return orjson.dumps(detailed, option=orjson.OPT_NAIVE_UTC)


_RELATIVE_PATH = VideoRow._fields.index("relative_path")
_PLAIN_FIELDS = len(VideoRow._fields) - len(VideoRow._field_defaults)


def _to_fields(rows: Sequence[tuple[Any, ...]], files: LocalFiles) -> list[dict[str, Any]]:
    """Return the fields of `VideoResponse`.

    One expression without attribute look-ups: it runs for every row of a long list.
    """
    audios, transcripts = files.audios, files.transcripts
    return [
        {
            "id": identifier,
            # Not urlparse: a file name may contain `#` and `?`.
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


def _with_details(fields: dict[str, Any], row: tuple[Any, ...], videos: VideoTree) -> dict[str, Any]:
    """Add the fields that only `VideoSummary` has."""
    kilobytes, video_codec, audio_codec, resolution, frame_rate, *others = row[_PLAIN_FIELDS:]
    size_bytes, recorded_at, channel, relative_path, tags, is_favorite, *watch = others
    watch_position, last_watched_at, verification_error, language, has_speech = watch
    is_local = videos.has(fields["filename"] if relative_path is None else relative_path)
    return fields | {
        "file_size_kb": kilobytes,
        "video_codec": video_codec,
        "audio_codec": audio_codec,
        "resolution": resolution,
        "frame_rate": frame_rate,
        "size_bytes": size_bytes,
        "recorded_at": recorded_at,
        "channel": channel,
        "folder": (relative_path or "").rpartition("/")[0],
        "is_local": is_local,
        "location": location_of(is_local=is_local, verification_error=verification_error),
        "tags": tags,
        "is_favorite": is_favorite,
        "watch_position": watch_position,
        "last_watched_at": last_watched_at,
        "language": language,
        "has_speech": has_speech,
    }


def _path_segments(identifiers: Sequence[str]) -> Sequence[str]:
    """Percent-encode the identifiers. One check of all of them is enough in the usual case."""
    if not "".join(identifiers).encode().translate(None, delete=_UNRESERVED):
        return identifiers
    return [quote(identifier, safe="") for identifier in identifiers]
