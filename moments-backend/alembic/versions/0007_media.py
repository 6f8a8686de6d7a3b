"""Add the identity of files, descriptive metadata, stream facts and playback copies.

Revision: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ACTIVE = sa.text("status IN ('queued', 'processing')")


def upgrade() -> None:
    op.add_column("videos", sa.Column("size_bytes", sa.BigInteger))
    op.add_column("videos", sa.Column("md5", sa.CHAR(32)))
    op.add_column("videos", sa.Column("relative_path", sa.Text))
    op.add_column("videos", sa.Column("recorded_at", sa.DateTime(timezone=True)))
    op.add_column("videos", sa.Column("description", sa.Text))
    op.add_column("videos", sa.Column("channel", sa.String(255)))
    op.add_column("videos", sa.Column("deleted_at", sa.DateTime(timezone=True)))
    op.add_column("videos", sa.Column("media", postgresql.JSONB))
    op.add_column("videos", sa.Column("playback_state", sa.String(20)))
    op.create_index("ix_videos_size_bytes", "videos", ["size_bytes"])
    op.create_index(
        "ix_videos_recorded_at",
        "videos",
        [sa.text("coalesce(recorded_at, '-infinity'::timestamp with time zone)"), "id"],
    )
    op.create_index(
        "ix_videos_playback_pending",
        "videos",
        ["id"],
        postgresql_where=sa.text("playback_state IS NULL OR playback_state = 'needed'"),
    )
    op.add_column("pipeline_runs", sa.Column("kind", sa.String(20), nullable=False, server_default="moments"))
    op.drop_index("uq_pipeline_runs_active", "pipeline_runs")
    op.create_index(
        "uq_pipeline_runs_active",
        "pipeline_runs",
        ["video_identifier", "kind"],
        unique=True,
        postgresql_where=ACTIVE,
    )


def downgrade() -> None:
    op.drop_index("uq_pipeline_runs_active", "pipeline_runs")
    op.execute("DELETE FROM pipeline_runs WHERE kind <> 'moments'")
    op.create_index(
        "uq_pipeline_runs_active", "pipeline_runs", ["video_identifier"], unique=True, postgresql_where=ACTIVE
    )
    op.drop_column("pipeline_runs", "kind")
    for index in ("ix_videos_playback_pending", "ix_videos_recorded_at", "ix_videos_size_bytes"):
        op.drop_index(index, "videos")
    for column in (
        *("playback_state", "media", "deleted_at", "channel", "description"),
        *("recorded_at", "relative_path", "md5", "size_bytes"),
    ):
        op.drop_column("videos", column)
