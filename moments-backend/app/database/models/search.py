"""Tables of the search index, derived from documents and rows; `videomoments reindex` rebuilds them."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import BIT, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class SearchWord(Base):
    """One distinct word of the indexed transcripts; words of deleted transcripts remain."""

    __tablename__ = "search_words"
    __table_args__ = (
        Index(
            "ix_search_words_trigrams",
            "word",
            postgresql_using="gin",
            postgresql_ops={"word": "gin_trgm_ops"},
        ),
    )

    word: Mapped[str] = mapped_column(Text, primary_key=True)


RATING = "coalesce(rating::integer, 0)"
"""SQL sort key: moments without a rating sort below rated ones."""

FROM_START = "(- start_time)"
"""SQL sort key that descends with the time in the video."""


def _order_index(name: str, *keys: str) -> Index:
    """Return the index of one order of the list of all moments."""
    expressions = (key if key.isidentifier() else text(key) for key in keys)
    return Index(f"ix_moment_titles_{name}", *expressions, postgresql_where=text("is_listed"))


class MomentTitle(Base):
    """One moment as the user sees it, for the search and the list of all moments; times in seconds."""

    __tablename__ = "moment_titles"
    __table_args__ = (
        Index("ix_moment_titles_words", text("search_vector('en', title)"), postgresql_using="gin"),
        _order_index("score", "score", "video_id", "moment_id"),
        _order_index("rating", RATING, "video_id", "moment_id"),
        _order_index("date", "added_at", "video_id", FROM_START, "moment_id"),
        _order_index("title", "folded_title", "video_id", "moment_id"),
    )

    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)
    moment_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    start_time: Mapped[float] = mapped_column(Double)
    end_time: Mapped[float] = mapped_column(Double)
    title: Mapped[str] = mapped_column(Text)
    score: Mapped[float | None] = mapped_column(Double)
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    is_kept: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    is_edited: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    is_listed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    added_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    folded_title: Mapped[str | None] = mapped_column(Text)


class MomentDetails(Base):
    """The fields of a moment that only its page shows; beside `moment_titles` to keep that table small."""

    __tablename__ = "moment_details"

    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)
    moment_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


class SearchBacklog(Base):
    """A video whose documents are not indexed yet; workers index it and delete the row."""

    __tablename__ = "search_backlog"

    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)


class TranscriptPassage(Base):
    """The vectors of some neighbouring segments; exists only where pgvector is available.

    `app/services/search/vectors.py` defines the formats.
    """

    __tablename__ = "transcript_passages"
    __table_args__ = (
        Index(
            "ix_transcript_passages_sketch",
            "sketch",
            postgresql_using="hnsw",
            postgresql_ops={"sketch": "bit_hamming_ops"},
            postgresql_with={"m": 12},
        ),
    )

    text_hash: Mapped[int] = mapped_column(BigInteger)
    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)
    first_segment: Mapped[int] = mapped_column(Integer, primary_key=True)
    last_segment: Mapped[int] = mapped_column(Integer)
    sketch: Mapped[str] = mapped_column(BIT(384))
    embedding: Mapped[bytes] = mapped_column(LargeBinary)
    segment_sketches: Mapped[bytes] = mapped_column(LargeBinary)


class PassageBacklog(Base):
    """A video with passages that have no vectors yet; exists together with `transcript_passages`."""

    __tablename__ = "passage_backlog"

    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)
