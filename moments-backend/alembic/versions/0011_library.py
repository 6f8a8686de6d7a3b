"""Add organisation, sharing, webhooks, subscriptions and watch folders.

Revision: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NOW = sa.func.now()


def upgrade() -> None:
    op.add_column(
        "videos",
        sa.Column("tags", postgresql.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
    )
    op.add_column(
        "videos", sa.Column("is_favorite", sa.Boolean, nullable=False, server_default=sa.text("false"))
    )
    op.add_column("videos", sa.Column("watch_position", sa.Double))
    op.add_column("videos", sa.Column("last_watched_at", sa.DateTime(timezone=True)))
    op.add_column("videos", sa.Column("verified_at", sa.DateTime(timezone=True)))
    op.add_column("videos", sa.Column("verification_error", sa.Text))
    op.create_index("ix_videos_tags", "videos", ["tags"], postgresql_using="gin")
    op.create_index("ix_videos_md5", "videos", ["md5"], postgresql_using="hash")
    op.create_index(
        "ix_videos_deleted_at",
        "videos",
        ["deleted_at"],
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index(
        "ix_videos_last_watched_at",
        "videos",
        ["last_watched_at"],
        postgresql_where=sa.text("last_watched_at IS NOT NULL"),
    )
    op.create_index("ix_videos_verified_at", "videos", ["verified_at"])
    _organise()
    _share()
    _collect()


def _organise() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("query", postgresql.JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.UniqueConstraint("name", name="uq_saved_views_name"),
    )

    op.create_table(
        "bulk_operations",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("action", sa.String(30), nullable=False),
        sa.Column("parameters", postgresql.JSONB, nullable=False),
        sa.Column("video_ids", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("done", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("failures", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("job_id", sa.BigInteger),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_bulk_operations_created_at", "bulk_operations", ["created_at"])
    op.create_table(
        "frame_hashes",
        sa.Column("video_id", sa.Integer, sa.ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("version", sa.SmallInteger, nullable=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
    )

    op.create_table(
        "dismissed_duplicates",
        sa.Column("first_id", sa.Integer, sa.ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("second_id", sa.Integer, sa.ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
    )
    op.create_index("ix_dismissed_duplicates_second", "dismissed_duplicates", ["second_id"])
    op.create_table(
        "sidecar_backlog",
        sa.Column("video_id", sa.Integer, sa.ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
    )
    op.create_index("ix_sidecar_backlog_changed_at", "sidecar_backlog", ["changed_at"])


def _share() -> None:
    op.create_table(
        "share_links",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("token_hash", sa.CHAR(64), nullable=False),
        sa.Column("video_id", sa.Integer, sa.ForeignKey("videos.id", ondelete="CASCADE"), nullable=False),
        sa.Column("moment_id", sa.String(16)),
        sa.Column("start_time", sa.Double),
        sa.Column("end_time", sa.Double),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("views", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("last_viewed_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.UniqueConstraint("token_hash", name="uq_share_links_token_hash"),
    )
    op.create_index("ix_share_links_video", "share_links", ["video_id", "created_at"])
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
    )

    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column(
            "webhook_id", sa.String(32), sa.ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("event", sa.String(50), nullable=False),
        sa.Column("payload", postgresql.JSONB, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("status_code", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_webhook_deliveries_log", "webhook_deliveries", ["webhook_id", "created_at"])
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["next_attempt_at"],
        postgresql_where=sa.text("state = 'pending'"),
    )


def _collect() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("is_paused", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("interval_minutes", sa.Integer, nullable=False),
        sa.Column("max_items", sa.Integer, nullable=False),
        sa.Column("max_age_days", sa.Integer),
        sa.Column("max_duration_seconds", sa.Integer),
        sa.Column("options", postgresql.JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("last_checked_at", sa.DateTime(timezone=True)),
        sa.Column("next_check_at", sa.DateTime(timezone=True)),
        sa.Column("error", postgresql.JSONB),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.UniqueConstraint("url", name="uq_subscriptions_url"),
    )
    op.create_index(
        "ix_subscriptions_due", "subscriptions", ["next_check_at"], postgresql_where=sa.text("NOT is_paused")
    )
    op.create_table(
        "subscription_items",
        sa.Column(
            "subscription_id",
            sa.String(32),
            sa.ForeignKey("subscriptions.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("item_key", sa.String(64), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("run_id", sa.String(32)),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
    )

    op.create_table(
        "watched_files",
        sa.Column("folder", sa.Text, primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("modified_ns", sa.BigInteger, nullable=False),
        sa.Column("md5", sa.CHAR(32)),
        sa.Column("video_id", sa.Integer, sa.ForeignKey("videos.id", ondelete="SET NULL")),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("error", postgresql.JSONB),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
    )
    op.create_index("ix_watched_files_md5", "watched_files", ["md5"])


def downgrade() -> None:
    for table in (
        "webhook_deliveries",
        "webhooks",
        "share_links",
        "subscription_items",
        "subscriptions",
        "watched_files",
        "saved_views",
        "bulk_operations",
        "frame_hashes",
        "dismissed_duplicates",
        "sidecar_backlog",
    ):
        op.drop_table(table)
    for index in ("verified_at", "last_watched_at", "deleted_at", "md5", "tags"):
        op.drop_index(f"ix_videos_{index}", "videos")
    for column in (
        *("verification_error", "verified_at", "last_watched_at", "watch_position", "is_favorite", "tags"),
    ):
        op.drop_column("videos", column)
