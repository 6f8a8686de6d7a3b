"""Table `verification_rounds`: scheduled and requested comparisons of all videos with the bucket."""

from datetime import datetime

from sqlalchemy import DateTime, Index, Integer, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base

ACTIVE = "finished_at IS NULL"


class VerificationRound(Base):
    """One pass over all videos, in small portions."""

    __tablename__ = "verification_rounds"
    __table_args__ = (
        Index("ix_verification_rounds_started_at", "started_at"),
        # One round at a time.
        Index("uq_verification_rounds_active", text("(true)"), unique=True, postgresql_where=text(ACTIVE)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    trigger: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    checked: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    problems: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    error: Mapped[str | None] = mapped_column(Text)
