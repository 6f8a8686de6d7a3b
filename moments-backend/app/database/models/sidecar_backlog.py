"""Table `sidecar_backlog`: changes that the sidecar objects do not contain yet."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Identity, Index, Integer, func
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base

LIBRARY = 0
"""Value of `video_id` for changes that concern no single video."""


class SidecarBacklog(Base):
    """One change. Rows are only added, so that concurrent changes of a video never wait for each other."""

    __tablename__ = "sidecar_backlog"
    __table_args__ = (Index("ix_sidecar_backlog_video", "video_id", "changed_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    # No foreign key: a change would lock the video's row, and wait for a deletion or deadlock with it.
    video_id: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    claimed_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
