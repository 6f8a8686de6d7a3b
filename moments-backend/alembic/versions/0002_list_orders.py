"""Add an index for each order of the video list.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SHOWN_TITLE = "lower(coalesce(nullif(title, ''), replace(replace(identifier, '-', ' '), '_', ' ')))"


def upgrade() -> None:
    op.create_index("ix_videos_shown_title", "videos", [sa.text(SHOWN_TITLE), "id"])
    op.create_index(
        "ix_videos_duration",
        "videos",
        [sa.text("coalesce(duration_seconds, '-infinity'::double precision)"), "id"],
    )
    op.create_index(
        "ix_videos_identifier_bytes",
        "videos",
        ["identifier"],
        postgresql_ops={"identifier": "text_pattern_ops"},
    )


def downgrade() -> None:
    for name in ("ix_videos_identifier_bytes", "ix_videos_duration", "ix_videos_shown_title"):
        op.drop_index(name, "videos")
