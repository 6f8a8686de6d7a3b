"""Create the table of videos.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "videos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identifier", sa.String(255), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("cloud_url", sa.Text(), nullable=False),
        sa.Column("title", sa.String(500), nullable=True),
        sa.Column("duration_seconds", sa.Double(), nullable=True),
        sa.Column("file_size_kb", sa.BigInteger(), nullable=True),
        sa.Column("video_codec", sa.String(50), nullable=True),
        sa.Column("audio_codec", sa.String(50), nullable=True),
        sa.Column("resolution", sa.String(20), nullable=True),
        sa.Column("frame_rate", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_videos"),
        sa.UniqueConstraint("identifier", name="uq_videos_identifier"),
    )
    op.create_index("ix_videos_source_url", "videos", ["source_url"], postgresql_using="hash")
    op.create_index("ix_videos_created_at", "videos", ["created_at", "id"])


def downgrade() -> None:
    op.drop_table("videos")
