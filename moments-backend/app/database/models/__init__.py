"""All tables, imported here so that Alembic finds them."""

from app.database.models.api_key import ApiKey
from app.database.models.audit_entry import AuditEntry
from app.database.models.bulk_operation import BulkOperation
from app.database.models.chapter import VideoChapter
from app.database.models.dismissed_duplicate import DismissedDuplicate
from app.database.models.export import Export
from app.database.models.frame_hashes import FrameHashes
from app.database.models.moment_edit import MomentEdit
from app.database.models.moment_feedback import MomentFeedback
from app.database.models.pipeline_run import PipelineRun
from app.database.models.saved_view import SavedView
from app.database.models.search import (
    MomentDetails,
    MomentTitle,
    PassageBacklog,
    SearchBacklog,
    SearchWord,
    TranscriptPassage,
)
from app.database.models.share_link import ShareLink
from app.database.models.sidecar_backlog import SidecarBacklog
from app.database.models.subscription import Subscription
from app.database.models.subscription_item import SubscriptionItem
from app.database.models.transcript import TranscriptIndex, TranscriptSegment
from app.database.models.transcript_change import TranscriptChange
from app.database.models.verification_round import VerificationRound
from app.database.models.video import Video
from app.database.models.video_purge import VideoPurge
from app.database.models.vocabulary_term import VocabularyTerm
from app.database.models.watch_folder import WatchFolder
from app.database.models.watched_file import WatchedFile
from app.database.models.webhook import Webhook
from app.database.models.webhook_delivery import WebhookDelivery

__all__ = [
    "ApiKey",
    "AuditEntry",
    "BulkOperation",
    "DismissedDuplicate",
    "Export",
    "FrameHashes",
    "MomentDetails",
    "MomentEdit",
    "MomentFeedback",
    "MomentTitle",
    "PassageBacklog",
    "PipelineRun",
    "SavedView",
    "SearchBacklog",
    "SearchWord",
    "ShareLink",
    "SidecarBacklog",
    "Subscription",
    "SubscriptionItem",
    "TranscriptChange",
    "TranscriptIndex",
    "TranscriptPassage",
    "TranscriptSegment",
    "VerificationRound",
    "Video",
    "VideoChapter",
    "VideoPurge",
    "VocabularyTerm",
    "WatchFolder",
    "WatchedFile",
    "Webhook",
    "WebhookDelivery",
]
