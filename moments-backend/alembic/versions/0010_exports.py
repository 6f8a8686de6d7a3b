"""Add exports, the feedback on moments, and the time at which a moment was deleted.

Revision: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NOW = sa.func.now()

LIST_ORDERS = {
    "score": ("score",),
    "rating": ("coalesce(rating::integer, 0)",),
    "date": ("added_at", "video_id", "(- start_time)"),
    "title": ("folded_title",),
}
"""Sort keys of the list of all moments, before the primary key."""


def upgrade() -> None:
    op.add_column("moment_marks", sa.Column("deleted_at", sa.DateTime(timezone=True)))
    op.add_column(
        "moment_marks", sa.Column("is_purged", sa.Boolean, nullable=False, server_default=sa.text("false"))
    )
    op.add_column(
        "moment_marks",
        sa.Column(
            "replaces", postgresql.ARRAY(sa.String(16)), nullable=False, server_default=sa.text("'{}'")
        ),
    )
    # The clips of moments deleted by earlier versions were removed at once.
    op.execute("UPDATE moment_marks SET is_purged = true, deleted_at = updated_at WHERE is_deleted")
    op.create_index(
        "ix_moment_marks_deleted",
        "moment_marks",
        ["deleted_at"],
        postgresql_where=sa.text("is_deleted AND NOT is_purged"),
    )
    op.create_table(
        "moment_feedback",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("video_id", sa.Integer, sa.ForeignKey("videos.id", ondelete="CASCADE"), nullable=False),
        sa.Column("moment_id", sa.String(16), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("value", sa.REAL),
        sa.Column("start_time", sa.Double, nullable=False),
        sa.Column("end_time", sa.Double, nullable=False),
        sa.Column("model", sa.Text),
        sa.Column("version", sa.Text),
        sa.Column("scores", postgresql.JSONB),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
    )
    op.create_index("ix_moment_feedback_video", "moment_feedback", ["video_id"])
    _list_moments()
    _create_exports()


def _list_moments() -> None:
    """Extend the index of titles to a list of all moments; workers fill the columns."""
    for column in (
        sa.Column("score", sa.Double),
        sa.Column("rating", sa.SmallInteger),
        sa.Column("is_kept", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("is_edited", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("is_listed", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("added_at", sa.DateTime(timezone=True)),
        sa.Column("folded_title", sa.Text),
    ):
        op.add_column("moment_titles", column)
    for order, keys in LIST_ORDERS.items():
        op.create_index(
            f"ix_moment_titles_{order}",
            "moment_titles",
            [*map(sa.text, keys), *(key for key in ("video_id", "moment_id") if key not in keys)],
            postgresql_where=sa.text("is_listed"),
        )
    op.create_table(
        "moment_details",
        sa.Column("video_id", sa.Integer, sa.ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("moment_id", sa.String(16), primary_key=True),
        sa.Column("details", postgresql.JSONB, nullable=False),
    )
    op.execute(
        "INSERT INTO search_backlog (video_id) SELECT DISTINCT video_id FROM moment_titles"
        " ON CONFLICT DO NOTHING"
    )


def _create_exports() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("video_id", sa.Integer, sa.ForeignKey("videos.id", ondelete="CASCADE"), nullable=False),
        sa.Column("moment_id", sa.String(16)),
        sa.Column("start_time", sa.Double, nullable=False),
        sa.Column("end_time", sa.Double, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("options", postgresql.JSONB, nullable=False),
        sa.Column("cache_key", sa.CHAR(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("percent", sa.REAL, nullable=False, server_default=sa.text("0")),
        sa.Column("error", postgresql.JSONB),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("gcs_path", sa.Text),
        sa.Column("size_bytes", sa.BigInteger),
        sa.Column("duration_seconds", sa.Double),
        sa.Column("job_id", sa.BigInteger),
        sa.Column("token", sa.String(32)),
        sa.Column("takeovers", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("cancel_requested", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        # One export per video and parameters: a repeated request returns the existing one.
        sa.UniqueConstraint("video_id", "cache_key", name="uq_exports_cache_key"),
    )
    op.create_index("ix_exports_video", "exports", ["video_id", "created_at"])
    op.create_index(
        "ix_exports_active",
        "exports",
        ["job_id"],
        postgresql_where=sa.text("state IN ('queued', 'processing')"),
    )


def downgrade() -> None:
    op.drop_table("exports")
    op.drop_table("moment_feedback")
    op.drop_table("moment_details")
    for order in LIST_ORDERS:
        op.drop_index(f"ix_moment_titles_{order}", "moment_titles")
    for column in ("score", "rating", "is_kept", "is_edited", "is_listed", "added_at", "folded_title"):
        op.drop_column("moment_titles", column)
    op.drop_index("ix_moment_marks_deleted", "moment_marks")
    op.drop_column("moment_marks", "replaces")
    op.drop_column("moment_marks", "is_purged")
    op.drop_column("moment_marks", "deleted_at")
