"""All tables, imported here so that Alembic finds them."""

from app.database.models.moment_edit import MomentEdit
from app.database.models.pipeline_run import PipelineRun
from app.database.models.video import Video

__all__ = ["MomentEdit", "PipelineRun", "Video"]
