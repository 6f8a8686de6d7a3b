"""Table `transcript_changes`: the text that each change replaced, so that it can be undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Identity, Index, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class TranscriptChange(Base):
    """One change of a transcript by a user; the newest one has the highest id."""

    __tablename__ = "transcript_changes"
    __table_args__ = (Index("ix_transcript_changes_video", "video_identifier", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    video_identifier: Mapped[str] = mapped_column(String(255))
    action: Mapped[str] = mapped_column(String(20))
    change: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
