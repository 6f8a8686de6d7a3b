"""Tables `transcripts` and `transcript_segments`: the index of the authoritative JSON documents."""

from datetime import datetime

from sqlalchemy import CHAR, REAL, Boolean, DateTime, ForeignKey, Index, Integer, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class TranscriptIndex(Base):
    """The indexed transcript of one video."""

    __tablename__ = "transcripts"

    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8))
    source: Mapped[str | None] = mapped_column(String(20))
    is_edited: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    document_md5: Mapped[str] = mapped_column(CHAR(32))
    indexed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class TranscriptSegment(Base):
    """One segment of an indexed transcript; times in seconds."""

    __tablename__ = "transcript_segments"
    __table_args__ = (
        Index("ix_transcript_segments_words", text("search_vector(language, text)"), postgresql_using="gin"),
    )

    video_id: Mapped[int] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    start_time: Mapped[float] = mapped_column(REAL)
    end_time: Mapped[float] = mapped_column(REAL)
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8), server_default="und")
