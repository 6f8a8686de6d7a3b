"""Add organisation, sharing, webhooks, subscriptions and watch folders.

Revision: 0011
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NOW = sa.func.now()

LIST_FUNCTIONS = "natural_key(text), tags_text(text[]), video_text(text, text, text[], text), text_fold(text)"

ORDERS = {
    "created_at": "created_at, id",
    "duration": "coalesce(duration_seconds, '-infinity'::double precision), id",
    "recorded_at": "coalesce(recorded_at, '-infinity'::timestamp with time zone), id",
    "identifier_bytes": "identifier text_pattern_ops",
}
"""Orders of the list with an index of an older revision, which now leaves out the videos in the trash."""
NEW_ORDERS = {
    "title_key": "title_key, id",
    "size_order": "coalesce(size_bytes, -1::bigint), id",
    "watch_order": "coalesce(last_watched_at, '-infinity'::timestamp with time zone), id",
}
SHOWN_TITLE = "lower(coalesce(nullif(title, ''), replace(replace(identifier, '-', ' '), '_', ' ')))"


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
    op.add_column("videos", sa.Column("purge_scope", sa.String(10)))
    op.add_column("pipeline_runs", sa.Column("cleared_at", sa.DateTime(timezone=True)))
    op.create_index("ix_videos_tags", "videos", ["tags"], postgresql_using="gin")
    op.create_index("ix_videos_md5", "videos", ["md5"], postgresql_using="hash")
    op.execute("CREATE INDEX ix_videos_deleted_at ON videos (deleted_at) WHERE deleted_at IS NOT NULL")
    op.create_index("ix_videos_verified_at", "videos", ["verified_at"])
    _list()
    _organise()
    _compare()
    _share()
    _subscribe()
    _watch()
    _sidecars()


def _list() -> None:
    connection = op.get_bind()
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    collations = set(connection.exec_driver_sql("SELECT collname FROM pg_collation").scalars())
    # Lower case independent of the database's locale, which may support ASCII only.
    collation = next((f'"{name}"' for name in ("pg_c_utf8", "und-x-icu") if name in collations), '"default"')
    functions = Path(__file__).with_name("0011_list_functions.sql").read_text(encoding="utf-8")
    for function in functions.split(";\n\n"):
        text = function.replace("{schema}", schema).replace("{collation}", collation)
        connection.exec_driver_sql(text)
    for name in ("shown_title", *ORDERS):
        op.drop_index(f"ix_videos_{name}", "videos")
    # One statement, because each one rewrites the table.
    op.execute("""
        ALTER TABLE videos
        ADD COLUMN title_key text COLLATE "C"
            GENERATED ALWAYS AS (natural_key(coalesce(nullif(title, ''), identifier))) STORED,
        ADD COLUMN search_text text COLLATE "C"
            GENERATED ALWAYS AS (video_text(identifier, title, tags, source_url)) STORED
    """)
    for name, columns in (ORDERS | NEW_ORDERS).items():
        op.execute(f"CREATE INDEX ix_videos_{name} ON videos ({columns}) WHERE deleted_at IS NULL")
    op.execute(
        "CREATE INDEX ix_videos_tag_words ON videos USING gin (search_vector('en', tags_text(tags)))"
        " WITH (fastupdate = off) WHERE tags <> '{}'"
    )


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
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("done", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("changed", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("failed", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("failures", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("job_id", sa.BigInteger),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_bulk_operations_created_at", "bulk_operations", ["created_at"])
    op.create_table(
        "verification_rounds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("trigger", sa.String(20), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("checked", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("problems", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("error", sa.Text),
    )
    op.create_index("ix_verification_rounds_started_at", "verification_rounds", ["started_at"])
    op.execute(
        "CREATE UNIQUE INDEX uq_verification_rounds_active ON verification_rounds ((true))"
        " WHERE finished_at IS NULL"
    )
    op.create_table(
        "video_purges",
        sa.Column("identifier", sa.String(255), primary_key=True),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("cloud_url", sa.Text, nullable=False),
        sa.Column("relative_path", sa.Text),
        sa.Column("size_bytes", sa.BigInteger),
        sa.Column("md5", sa.CHAR(32)),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
    )


def _compare() -> None:
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


def _share() -> None:
    op.create_table(
        "share_links",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("token_hash", sa.CHAR(64), nullable=False),
        sa.Column("video_id", sa.Integer, sa.ForeignKey("videos.id", ondelete="CASCADE"), nullable=False),
        sa.Column("moment_id", sa.String(16)),
        sa.Column("start_time", sa.Double),
        sa.Column("end_time", sa.Double),
        sa.Column("export_id", sa.String(32)),
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


def _subscribe() -> None:
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
        sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("validators", postgresql.JSONB, nullable=False, server_default=sa.text("'{}'")),
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


def _watch() -> None:
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
    op.create_table(
        "watch_folders",
        sa.Column("folder", sa.Text, primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("error", postgresql.JSONB),
        sa.Column("ignored", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("ignored_count", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
    )


SIDECAR_COLUMNS = (
    *("identifier", "source_url", "cloud_url", "title", "duration_seconds", "file_size_kb", "video_codec"),
    *("audio_codec", "resolution", "frame_rate", "created_at", "size_bytes", "md5", "relative_path"),
    *("recorded_at", "description", "channel", "deleted_at", "media", "playback_state", "language", "tags"),
    *("is_favorite", "watch_position", "last_watched_at"),
)
"""Columns of `videos` in sidecars: all but the number, the verification and the progress of a deletion."""

SIDECAR_TABLES = {
    "moment_marks": "identifier",
    "transcript_changes": "identifier",
    "chapters": "number",
    "moment_feedback": "number",
    "exports": "export",
    "vocabulary_terms": "library",
    "saved_views": "library",
    "dismissed_duplicates": "library",
}
"""Tables whose changes are queued, and the function that finds the videos of a statement's rows."""

SIDECAR_FUNCTIONS = {
    "identifier": """
        INSERT INTO sidecar_backlog (video_id)
        SELECT DISTINCT videos.id FROM changed JOIN videos ON identifier = video_identifier
    """,
    "number": """
        INSERT INTO sidecar_backlog (video_id)
        SELECT DISTINCT videos.id FROM changed JOIN videos ON videos.id = video_id
    """,
    "export": """
        INSERT INTO sidecar_backlog (video_id)
        SELECT DISTINCT videos.id FROM changed JOIN videos ON videos.id = video_id WHERE state = 'completed'
    """,
    "library": "INSERT INTO sidecar_backlog (video_id) SELECT 0 WHERE EXISTS (SELECT FROM changed)",
    "insert": "INSERT INTO sidecar_backlog (video_id) VALUES (NEW.id)",
    # Not a condition of the trigger, which later revisions would have to drop to change a column's type.
    "update": """
        IF ROW({new}) IS DISTINCT FROM ROW({old}) THEN
            INSERT INTO sidecar_backlog (video_id) VALUES (NEW.id);
        END IF
    """,
}


def _sidecars() -> None:
    op.create_table(
        "sidecar_backlog",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("video_id", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_sidecar_backlog_video", "sidecar_backlog", ["video_id", "changed_at"])
    new, old = (", ".join(f"{row}.{column}" for column in SIDECAR_COLUMNS) for row in ("NEW", "OLD"))
    for name, statement in SIDECAR_FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION queue_sidecars_by_{name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {statement.format(new=new, old=old)}; RETURN NULL; END $$"
        )
    for event in ("insert", "update"):
        op.execute(
            f"CREATE TRIGGER sidecar_{event} AFTER {event} ON videos"
            f" FOR EACH ROW EXECUTE FUNCTION queue_sidecars_by_{event}()"
        )
    for table, kind in SIDECAR_TABLES.items():
        for event, rows in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            op.execute(
                f"CREATE TRIGGER sidecar_{event.lower()} AFTER {event} ON {table}"
                f" REFERENCING {rows} TABLE AS changed"
                f" FOR EACH STATEMENT EXECUTE FUNCTION queue_sidecars_by_{kind}()"
            )
    op.execute("INSERT INTO sidecar_backlog (video_id) SELECT id FROM videos ORDER BY id")
    op.execute("INSERT INTO sidecar_backlog (video_id) SELECT 0 WHERE EXISTS (SELECT FROM vocabulary_terms)")


def _drop_sidecars() -> None:
    for event in ("insert", "update"):
        op.execute(f"DROP TRIGGER sidecar_{event} ON videos")
    for table in SIDECAR_TABLES:
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER sidecar_{event} ON {table}")
    for name in SIDECAR_FUNCTIONS:
        op.execute(f"DROP FUNCTION queue_sidecars_by_{name}")
    op.drop_table("sidecar_backlog")


def downgrade() -> None:
    _drop_sidecars()
    for table in (
        "webhook_deliveries",
        "webhooks",
        "share_links",
        "subscription_items",
        "subscriptions",
        "watched_files",
        "watch_folders",
        "saved_views",
        "bulk_operations",
        "video_purges",
        "verification_rounds",
        "frame_hashes",
        "dismissed_duplicates",
    ):
        op.drop_table(table)
    op.drop_index("ix_videos_tag_words", "videos")
    for index in (*ORDERS, *NEW_ORDERS, "verified_at", "deleted_at", "md5", "tags"):
        op.drop_index(f"ix_videos_{index}", "videos")
    for name, columns in (ORDERS | {"shown_title": f"{SHOWN_TITLE}, id"}).items():
        op.execute(f"CREATE INDEX ix_videos_{name} ON videos ({columns})")
    op.drop_column("pipeline_runs", "cleared_at")
    op.drop_column("videos", "search_text")
    op.drop_column("videos", "title_key")
    op.execute(f"DROP FUNCTION {LIST_FUNCTIONS}")
    for column in ("purge_scope", "verification_error", "verified_at", "last_watched_at", "watch_position"):
        op.drop_column("videos", column)
    op.drop_column("videos", "is_favorite")
    op.drop_column("videos", "tags")
