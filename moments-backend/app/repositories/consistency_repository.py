"""Queries that compare the table with bucket and disk.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, String, any_, func, insert, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import Export, PipelineRun, SidecarBacklog, Video
from app.database.models.export import ACTIVE as ACTIVE_EXPORT
from app.database.models.pipeline_run import ACTIVE as ACTIVE_RUN

PAGE = 2000
"""Rows per query, so that none exceeds the time limit of a transaction."""


class CheckedRow(NamedTuple):
    """The columns of a video that bucket and disk are compared with.

    Attributes:
        size_bytes: None in rows of older versions.
        md5: hex digits; None for composite objects.
        relative_path: empty if another video took the file's place, None if unknown.
        is_being_deleted: its final deletion has started, so that objects are missing.
    """

    id: int
    identifier: str
    cloud_url: str
    size_bytes: int | None
    md5: str | None
    relative_path: str | None
    playback_state: str | None
    created_at: datetime
    is_being_deleted: bool = False

    @property
    def filename(self) -> str:
        return self.cloud_url.rpartition("/")[2]

    @property
    def local_path(self) -> str:
        """The path that the local file has, or would have; empty if another video took its place."""
        return self.filename if self.relative_path is None else self.relative_path


_COLUMNS = (
    Video.id,
    Video.identifier,
    Video.cloud_url,
    Video.size_bytes,
    Video.md5,
    Video.relative_path,
    Video.playback_state,
    Video.created_at,
    Video.purge_scope.is_not(None),
)


async def list_page(session: AsyncSession, after: str, *, limit: int = PAGE) -> list[CheckedRow]:
    """Return the videos after an identifier, in the order of the identifiers' bytes.

    Videos in the trash are included, since their objects are kept.
    """
    statement = (
        select(*_COLUMNS)
        .where(text("videos.identifier ~>~ :after"))
        .order_by(text("videos.identifier USING ~<~"))
        .limit(limit)
    )
    return [CheckedRow._make(row) for row in await session.execute(statement, {"after": after})]


async def list_by_identifier(session: AsyncSession, identifiers: Iterable[str]) -> list[CheckedRow]:
    wanted = any_(literal(list(identifiers), ARRAY(String)))
    statement = select(*_COLUMNS).where(Video.identifier == wanted)
    return [CheckedRow._make(row) for row in await session.execute(statement)]


async def list_by_content(session: AsyncSession, size: int, md5: str) -> list[CheckedRow]:
    """Return the videos with this size and MD5 (hex digits), without those in the trash."""
    is_same = (Video.size_bytes == size) & (Video.md5 == md5)
    statement = select(*_COLUMNS).where(is_same, Video.deleted_at.is_(None)).order_by(Video.id)
    return [CheckedRow._make(row) for row in await session.execute(statement)]


async def count(session: AsyncSession) -> int:
    return (await session.scalars(select(func.count()).select_from(Video))).one()


async def list_export_ids(session: AsyncSession) -> Sequence[str]:
    return (await session.scalars(select(Export.id))).all()


async def list_busy(session: AsyncSession) -> set[str]:
    """Return the identifiers of videos with an active run or export, whose files may be changing."""
    runs = select(PipelineRun.video_identifier).where(text(f"pipeline_runs.{ACTIVE_RUN}"))
    exports = (
        select(Video.identifier)
        .join(Export, Export.video_id == Video.id)
        .where(text(f"exports.{ACTIVE_EXPORT}"))
    )
    return {*(await session.scalars(runs)), *(await session.scalars(exports))}


async def list_waiting_sidecars(session: AsyncSession, ids: Iterable[int]) -> set[int]:
    """Return which of the videos, by `id`, have a sidecar that a worker will write."""
    wanted = any_(literal(list(ids), ARRAY(BigInteger)))
    statement = select(SidecarBacklog.video_id).where(SidecarBacklog.video_id == wanted)
    return {video_id for video_id in await session.scalars(statement) if video_id is not None}


async def queue_sidecar(session: AsyncSession, video_id: int) -> None:
    """Let a worker write the sidecar of a video, by `id`."""
    await session.execute(insert(SidecarBacklog).values(video_id=video_id))


async def has_export(session: AsyncSession, export_id: str) -> bool:
    return await session.scalar(select(Export.id).where(Export.id == export_id)) is not None
