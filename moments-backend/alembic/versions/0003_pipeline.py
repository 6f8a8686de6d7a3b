"""Create the table of pipeline runs and the tables of the queue.

Revision: 0003
"""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

QUEUE_TABLES = ("workers", "jobs", "periodic_defers", "events")
QUEUE_TYPES = ("job_status", "job_event_type", "job_to_defer_v1")


def upgrade() -> None:
    op.create_table(
        "pipeline_runs",
        sa.Column("request_id", sa.String(32), nullable=False),
        sa.Column("video_identifier", sa.String(255), nullable=False),
        sa.Column("source_url", sa.Text),
        sa.Column("fetch_url", sa.Text),
        sa.Column("options", postgresql.JSONB, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("stages", postgresql.JSONB, nullable=False),
        sa.Column("error", postgresql.JSONB),
        sa.Column("job_id", sa.BigInteger),
        sa.Column("token", sa.String(32)),
        sa.Column("takeovers", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("cancel_requested", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("moments_key", sa.String(64)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("request_id", name="pk_pipeline_runs"),
    )
    op.create_index(
        "uq_pipeline_runs_active",
        "pipeline_runs",
        ["video_identifier"],
        unique=True,
        postgresql_where=sa.text("status IN ('queued', 'processing')"),
    )
    op.create_index("ix_pipeline_runs_video", "pipeline_runs", ["video_identifier", "created_at"])
    op.create_index("ix_pipeline_runs_created_at", "pipeline_runs", ["created_at"])
    # Escape colons, which start parameters.
    op.execute(sa.text(SchemaManager.get_schema().replace(":", "\\:")))


def downgrade() -> None:
    op.drop_table("pipeline_runs")
    for name in reversed(QUEUE_TABLES):
        op.execute(f"DROP TABLE procrastinate_{name} CASCADE")
    op.execute(
        """
        DO $$
        DECLARE made regprocedure;
        BEGIN
            FOR made IN SELECT oid FROM pg_proc
                WHERE proname LIKE 'procrastinate\\_%' AND pronamespace = current_schema()::regnamespace
            LOOP EXECUTE 'DROP FUNCTION ' || made || ' CASCADE'; END LOOP;
        END $$
        """
    )
    for name in QUEUE_TYPES:
        op.execute(f"DROP TYPE procrastinate_{name} CASCADE")
