"""Table `watched_files`: files of the watch folders."""

from datetime import datetime
from typing import Any

from sqlalchemy import CHAR, BigInteger, DateTime, ForeignKey, Index, Integer, String, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class WatchedFile(Base):
    """One file of a watch folder."""

    __tablename__ = "watched_files"
    __table_args__ = (Index("ix_watched_files_md5", "md5"),)

    folder: Mapped[str] = mapped_column(Text, primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    modified_ns: Mapped[int] = mapped_column(BigInteger)
    md5: Mapped[str | None] = mapped_column(CHAR(32))
    video_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("videos.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(String(20))
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
