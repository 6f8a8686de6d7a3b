"""Table `pipeline_runs`: requested runs of the pipeline and their outcomes."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, DateTime, Index, Integer, String, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base

ACTIVE = "status IN ('queued', 'processing')"


class PipelineRun(Base):
    """One run of the pipeline. The row of its video may be created later, by the download stage."""

    __tablename__ = "pipeline_runs"
    __table_args__ = (
        # At most one active run per video and kind, also for concurrent requests.
        Index(
            "uq_pipeline_runs_active", "video_identifier", "kind", unique=True, postgresql_where=text(ACTIVE)
        ),
        Index("ix_pipeline_runs_video", "video_identifier", "created_at"),
        Index("ix_pipeline_runs_created_at", "created_at"),
    )

    request_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    video_identifier: Mapped[str] = mapped_column(String(255))
    source_url: Mapped[str | None] = mapped_column(Text)
    fetch_url: Mapped[str | None] = mapped_column(Text)
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(String(20))
    stages: Mapped[dict[str, Any]] = mapped_column(JSONB)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    token: Mapped[str | None] = mapped_column(String(32))
    takeovers: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    cancel_requested: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    moments_key: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    http_request_id: Mapped[str | None] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(20), server_default=text("'moments'"))
    cleared_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
