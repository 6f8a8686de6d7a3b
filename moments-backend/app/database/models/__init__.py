"""All tables, imported here so that Alembic finds them."""

from app.database.models.api_key import ApiKey
from app.database.models.audit_entry import AuditEntry
from app.database.models.chapter import VideoChapter
from app.database.models.export import Export
from app.database.models.moment_edit import MomentEdit
from app.database.models.moment_feedback import MomentFeedback
from app.database.models.pipeline_run import PipelineRun
from app.database.models.search import (
    MomentDetails,
    MomentTitle,
    PassageBacklog,
    SearchBacklog,
    SearchWord,
    TranscriptPassage,
)
from app.database.models.transcript import TranscriptIndex, TranscriptSegment
from app.database.models.transcript_change import TranscriptChange
from app.database.models.video import Video
from app.database.models.vocabulary_term import VocabularyTerm

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Export",
    "MomentDetails",
    "MomentEdit",
    "MomentFeedback",
    "MomentTitle",
    "PassageBacklog",
    "PipelineRun",
    "SearchBacklog",
    "SearchWord",
    "TranscriptChange",
    "TranscriptIndex",
    "TranscriptPassage",
    "TranscriptSegment",
    "Video",
    "VideoChapter",
    "VocabularyTerm",
]
