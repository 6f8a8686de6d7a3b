"""All tables, imported here so that Alembic finds them."""

from app.database.models.api_key import ApiKey
from app.database.models.audit_entry import AuditEntry
from app.database.models.moment_edit import MomentEdit
from app.database.models.pipeline_run import PipelineRun
from app.database.models.video import Video

__all__ = ["ApiKey", "AuditEntry", "MomentEdit", "PipelineRun", "Video"]
