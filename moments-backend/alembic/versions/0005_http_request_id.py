"""Add the id of the HTTP request to pipeline runs.

Revision: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pipeline_runs", sa.Column("http_request_id", sa.String(128)))


def downgrade() -> None:
    op.drop_column("pipeline_runs", "http_request_id")
