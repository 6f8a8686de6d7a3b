"""Table `exports`: files cut from a video to be posted elsewhere."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CHAR,
    REAL,
    BigInteger,
    Boolean,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base

ACTIVE = "state IN ('queued', 'processing')"


class Export(Base):
    """One export: a range of a video with its format and captions, and the progress of its file."""

    __tablename__ = "exports"
    __table_args__ = (
        # One export per video and parameters: a repeated request returns the existing one.
        UniqueConstraint("video_id", "cache_key", name="uq_exports_cache_key"),
        Index("ix_exports_video", "video_id", "created_at"),
        Index("ix_exports_active", "job_id", postgresql_where=text(ACTIVE)),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    video_id: Mapped[int] = mapped_column(Integer, ForeignKey("videos.id", ondelete="CASCADE"))
    moment_id: Mapped[str | None] = mapped_column(String(16))
    start_time: Mapped[float] = mapped_column(Double)
    end_time: Mapped[float] = mapped_column(Double)
    title: Mapped[str] = mapped_column(Text)
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    cache_key: Mapped[str] = mapped_column(CHAR(64))
    state: Mapped[str] = mapped_column(String(20))
    percent: Mapped[float] = mapped_column(REAL, server_default=text("0"))
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    filename: Mapped[str] = mapped_column(Text)
    gcs_path: Mapped[str | None] = mapped_column(Text)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    duration_seconds: Mapped[float | None] = mapped_column(Double)
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    token: Mapped[str | None] = mapped_column(String(32))
    takeovers: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    cancel_requested: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
