"""Table `videos`: the source of truth about the library."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Double, Index, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base

SHOWN_TITLE = "lower(coalesce(nullif(title, ''), replace(replace(identifier, '-', ' '), '_', ' ')))"
"""SQL for the displayed title in lower case; `app.services.library.titles` is the Python version."""

DURATION = "coalesce(duration_seconds, '-infinity'::double precision)"
"""SQL sort key: unknown durations sort before known ones."""


class Video(Base):
    """One video: its object in the bucket and its media properties."""

    __tablename__ = "videos"
    __table_args__ = (
        # Default order of the list; `id` breaks ties.
        Index("ix_videos_created_at", "created_at", "id"),
        # The other orders of the list. Identifiers sort by bytes, independent of the server's collation.
        Index("ix_videos_shown_title", text(SHOWN_TITLE), "id"),
        Index("ix_videos_duration", text(DURATION), "id"),
        Index("ix_videos_identifier_bytes", "identifier", postgresql_ops={"identifier": "text_pattern_ops"}),
        # Hash index: only compared as a whole, and possibly longer than a B-tree entry may be.
        Index("ix_videos_source_url", "source_url", postgresql_using="hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    identifier: Mapped[str] = mapped_column(String(255), unique=True)
    source_url: Mapped[str | None] = mapped_column(Text)
    cloud_url: Mapped[str] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(String(500))
    duration_seconds: Mapped[float | None] = mapped_column(Double)
    file_size_kb: Mapped[int | None] = mapped_column(BigInteger)
    video_codec: Mapped[str | None] = mapped_column(String(50))
    audio_codec: Mapped[str | None] = mapped_column(String(50))
    resolution: Mapped[str | None] = mapped_column(String(20))
    frame_rate: Mapped[float | None] = mapped_column(Double)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
