"""Table `moment_feedback`: what users did with moments, from which the selection can be weighted."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    REAL,
    BigInteger,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class MomentFeedback(Base):
    """One action of a user on a moment, with the scores that the engine gave it. Rows are never updated."""

    __tablename__ = "moment_feedback"
    __table_args__ = (Index("ix_moment_feedback_video", "video_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    video_id: Mapped[int] = mapped_column(Integer, ForeignKey("videos.id", ondelete="CASCADE"))
    moment_id: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(20))
    value: Mapped[float | None] = mapped_column(REAL)
    start_time: Mapped[float] = mapped_column(Double)
    end_time: Mapped[float] = mapped_column(Double)
    model: Mapped[str | None] = mapped_column(Text)
    version: Mapped[str | None] = mapped_column(Text)
    scores: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
