"""Table `videos`: the source of truth about the library."""

from datetime import datetime
from typing import Any

from sqlalchemy import CHAR, BigInteger, Boolean, Computed, DateTime, Double, Index, String, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base

DURATION = "coalesce(duration_seconds, '-infinity'::double precision)"
"""SQL sort key: unknown durations sort before known ones."""

RECORDED_AT = "coalesce(recorded_at, '-infinity'::timestamp with time zone)"
"""SQL sort key: unknown recording times sort before known ones."""

SIZE = "coalesce(size_bytes, -1::bigint)"
"""SQL sort key: unknown sizes sort before known ones."""

LAST_WATCHED_AT = "coalesce(last_watched_at, '-infinity'::timestamp with time zone)"
"""SQL sort key: videos that were never watched sort before watched ones."""

NOT_DELETED = "deleted_at IS NULL"
"""SQL condition of the videos in the library; those in the trash do not meet it."""

TAG_WORDS = "search_vector('en', tags_text(tags))"
"""SQL for the words of a video's tags."""

HAS_TAGS = "tags <> '{}'"

PLAYBACK_PENDING = "playback_state IS NULL OR playback_state = 'needed'"
"""SQL condition of the videos that the search for missing playback copies looks at."""


SEARCH_VECTOR = (
    "search_vector(coalesce(language, 'en'), (((coalesce(nullif(title, ''), identifier) || ' ')"
    " || coalesce(channel, '')) || ' ') || coalesce(description, ''))"
)
"""SQL for the words of a video's title, channel and description, as PostgreSQL prints it."""


def _order_index(name: str, *keys: Any, **options: Any) -> Index:
    """Return the index of one order of the list, which leaves out the videos in the trash."""
    return Index(f"ix_videos_{name}", *keys, postgresql_where=text(NOT_DELETED), **options)


class Video(Base):
    """One video: its object in the bucket and its media properties."""

    __tablename__ = "videos"
    __table_args__ = (
        # Default order of the list; `id` breaks ties.
        _order_index("created_at", "created_at", "id"),
        # The other orders of the list. Identifiers sort by bytes, independent of the server's collation.
        _order_index("title_key", "title_key", "id"),
        _order_index("duration", text(DURATION), "id"),
        _order_index("recorded_at", text(RECORDED_AT), "id"),
        _order_index("size_order", text(SIZE), "id"),
        _order_index("watch_order", text(LAST_WATCHED_AT), "id"),
        _order_index("identifier_bytes", "identifier", postgresql_ops={"identifier": "text_pattern_ops"}),
        # Hash index: only compared as a whole, and possibly longer than a B-tree entry may be.
        Index("ix_videos_source_url", "source_url", postgresql_using="hash"),
        Index("ix_videos_size_bytes", "size_bytes"),
        Index("ix_videos_playback_pending", "id", postgresql_where=text(PLAYBACK_PENDING)),
        Index("ix_videos_tags", "tags", postgresql_using="gin"),
        Index("ix_videos_md5", "md5", postgresql_using="hash"),
        Index("ix_videos_deleted_at", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
        Index("ix_videos_verified_at", "verified_at"),
        Index("ix_videos_words", text(SEARCH_VECTOR), postgresql_using="gin"),
        Index(
            "ix_videos_tag_words",
            text(TAG_WORDS),
            postgresql_using="gin",
            postgresql_where=text(HAS_TAGS),
        ),
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
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    md5: Mapped[str | None] = mapped_column(CHAR(32))
    relative_path: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    description: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str | None] = mapped_column(String(255))
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    media: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    playback_state: Mapped[str | None] = mapped_column(String(20))
    language: Mapped[str | None] = mapped_column(String(8))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    is_favorite: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    watch_position: Mapped[float | None] = mapped_column(Double)
    last_watched_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    verified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    verification_error: Mapped[str | None] = mapped_column(Text)
    purge_scope: Mapped[str | None] = mapped_column(String(10))
    title_key: Mapped[str | None] = mapped_column(
        Text(collation="C"),
        Computed("natural_key(coalesce(nullif(title, ''), identifier))", persisted=True),
        deferred=True,
    )
    search_text: Mapped[str | None] = mapped_column(
        Text(collation="C"),
        Computed("video_text(identifier, title, tags, source_url)", persisted=True),
        deferred=True,
    )
