"""Table `sidecar_backlog`: videos whose sidecar object is out of date."""

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Index, Integer, func
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class SidecarBacklog(Base):
    """One video whose sidecar object has to be written."""

    __tablename__ = "sidecar_backlog"
    __table_args__ = (Index("ix_sidecar_backlog_changed_at", "changed_at"),)

    video_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True
    )
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
