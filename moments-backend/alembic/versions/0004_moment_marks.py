"""Create the table of moment edits.

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NO = sa.text("false")


def upgrade() -> None:
    op.create_table(
        "moment_marks",
        sa.Column("video_identifier", sa.String(255), nullable=False),
        sa.Column("moment_id", sa.String(16), nullable=False),
        sa.Column("moment", postgresql.JSONB, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("rating", sa.SmallInteger),
        sa.Column("is_kept", sa.Boolean, nullable=False, server_default=NO),
        sa.Column("is_edited", sa.Boolean, nullable=False, server_default=NO),
        sa.Column("is_deleted", sa.Boolean, nullable=False, server_default=NO),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("video_identifier", "moment_id", name="pk_moment_marks"),
    )


def downgrade() -> None:
    op.drop_table("moment_marks")
