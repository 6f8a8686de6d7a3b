"""Add the index of transcripts, chapters, the history of corrections, vocabulary and the spoken language.

Revision: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _video_id() -> sa.Column[int]:
    return sa.Column("video_id", sa.Integer, sa.ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)


def upgrade() -> None:
    op.add_column("videos", sa.Column("language", sa.String(8)))
    op.create_table(
        "transcripts",
        _video_id(),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("source", sa.String(20)),
        sa.Column("is_edited", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("document_md5", sa.CHAR(32), nullable=False),
        sa.Column("indexed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "transcript_segments",
        _video_id(),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("start_time", sa.REAL, nullable=False),
        sa.Column("end_time", sa.REAL, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "chapters",
        _video_id(),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("start_time", sa.Double, nullable=False),
        sa.Column("end_time", sa.Double, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
    )
    op.create_table(
        "transcript_changes",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("video_identifier", sa.String(255), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("change", postgresql.JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_index("ix_transcript_changes_video", "transcript_changes", ["video_identifier", "id"])
    op.create_table(
        "vocabulary_terms",
        sa.Column("term", sa.String(100), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )


def downgrade() -> None:
    for table in ("vocabulary_terms", "transcript_changes", "chapters", "transcript_segments", "transcripts"):
        op.drop_table(table)
    op.drop_column("videos", "language")
