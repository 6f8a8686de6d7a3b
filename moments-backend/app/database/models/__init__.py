"""Every table, imported here so that Alembic sees them all."""

from app.database.models.moment_edit import MomentEdit
from app.database.models.pipeline_run import PipelineRun
from app.database.models.video import Video

__all__ = ["MomentEdit", "PipelineRun", "Video"]
