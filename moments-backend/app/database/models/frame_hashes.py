"""Table `frame_hashes`: perceptual hashes of storyboard frames."""

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Integer, LargeBinary, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class FrameHashes(Base):
    """Perceptual hashes of the frames of one video."""

    __tablename__ = "frame_hashes"

    video_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(SmallInteger)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
