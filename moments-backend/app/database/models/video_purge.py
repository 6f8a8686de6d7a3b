"""Table `video_purges`: deleted videos whose objects and files are being removed."""

from datetime import datetime

from sqlalchemy import CHAR, BigInteger, DateTime, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class VideoPurge(Base):
    """A video without a row, and what is needed to find its local original."""

    __tablename__ = "video_purges"

    identifier: Mapped[str] = mapped_column(String(255), primary_key=True)
    scope: Mapped[str] = mapped_column(String(10))
    cloud_url: Mapped[str] = mapped_column(Text)
    relative_path: Mapped[str | None] = mapped_column(Text)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    md5: Mapped[str | None] = mapped_column(CHAR(32))
    registered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
