"""Table `dismissed_duplicates`: pairs that a user declared different."""

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Index, Integer, func
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class DismissedDuplicate(Base):
    """Two videos that are not duplicates."""

    __tablename__ = "dismissed_duplicates"
    __table_args__ = (Index("ix_dismissed_duplicates_second", "second_id"),)

    first_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True
    )
    second_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True
    )
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
