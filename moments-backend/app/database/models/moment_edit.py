"""Table `moment_marks`: users' edits of moments."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, DateTime, Index, SmallInteger, String, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class MomentEdit(Base):
    """The edits of one moment: rating, title, boundaries, kept or deleted."""

    __tablename__ = "moment_marks"
    __table_args__ = (
        Index("ix_moment_marks_deleted", "deleted_at", postgresql_where=text("is_deleted AND NOT is_purged")),
    )

    video_identifier: Mapped[str] = mapped_column(String(255), primary_key=True)
    moment_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    moment: Mapped[dict[str, Any]] = mapped_column(JSONB)
    title: Mapped[str | None] = mapped_column(Text)
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    is_kept: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    is_edited: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    is_deleted: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_purged: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    replaces: Mapped[list[str]] = mapped_column(ARRAY(String(16)), server_default=text("'{}'"))
