"""Scope and audit action of every operation below `/api`."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute
from starlette.types import Scope

from app.models.access_scope import AccessScope

READ, EDIT, ADMIN = AccessScope


@dataclass(frozen=True, slots=True)
class Permission:
    """Scope that an operation needs, and its name in the audit log."""

    scope: AccessScope
    action: str | None = None
    """Action in the audit log; None: not recorded."""
    target_type: str | None = None
    target: str | None = None
    """Path parameter with the target's id."""
    is_recorded: bool = True
    """False: only if the endpoint calls `AuditEvent.set`."""
    permanent_if: tuple[str, ...] = ()
    """Query parameters that make the operation a permanent deletion, which needs `admin`."""


PERMISSIONS = {
    **dict.fromkeys(
        (
            *(
                "list_videos",
                "list_facets",
                "list_tags",
                "get_feed",
                "get_feed_file",
                "head_feed_file",
                "get_feed_thumbnail",
                "head_feed_thumbnail",
                "list_views",
                "search_library",
                "get_video",
                "stream_video",
                "head_video_stream",
                "get_video_url",
            ),
            *("get_playback", "head_playback"),
            *("get_thumbnail", "head_thumbnail"),
            *("get_storyboard_cues", "head_storyboard_cues", "get_storyboard_sheet", "head_storyboard_sheet"),
            *("get_transcript", "get_transcript_vtt", "get_transcript_srt"),
            *("get_transcript_txt", "get_transcript_json"),
            *("get_chapters", "get_chapters_vtt", "get_chapters_txt"),
            *("list_moments", "list_deleted_moments", "get_engine"),
            *("get_moments", "list_clips", "get_clip", "head_clip", "get_clip_vtt", "get_clip_srt"),
            *("get_markers_edl", "get_markers_csv", "get_markers_fcpxml"),
            *("list_video_exports", "get_exports_zip", "list_exports", "get_export"),
            *("get_export_file", "head_export_file", "get_export_vtt", "get_export_srt"),
            *("get_pipeline_status", "watch_pipeline", "get_pipeline_history"),
            *("list_runs", "watch_all_runs"),
            *("describe_uploads", "list_uploads", "get_upload", "head_upload"),
            *("get_vocabulary", "check_session", "get_metrics", "get_system"),
            *("list_shares", "list_video_shares"),
            *("get_storage", "get_verification"),
        ),
        Permission(READ),
    ),
    "open_session": Permission(READ, "session.open"),
    "close_session": Permission(READ, "session.close"),
    "change_video": Permission(EDIT, "video.update", "video", "video_id"),
    "list_trash": Permission(READ),
    "get_trash_thumbnail": Permission(READ),
    "head_trash_thumbnail": Permission(READ),
    "restore_video": Permission(EDIT, "video.restore", "video", "video_id"),
    "delete_from_trash": Permission(ADMIN, "video.purge", "video", "video_id"),
    "empty_trash": Permission(ADMIN, "trash.empty", "operation"),
    "bulk_action": Permission(EDIT, "video.bulk", "operation"),
    "list_bulk_operations": Permission(READ),
    "get_bulk_operation": Permission(READ),
    "cancel_bulk_operation": Permission(EDIT, "bulk.cancel", "operation", "operation_id"),
    "list_duplicates": Permission(READ),
    "merge_duplicates": Permission(EDIT, "duplicate.merge", "video"),
    "undo_duplicate_merge": Permission(EDIT, "duplicate.undo", "operation", "operation_id"),
    "dismiss_duplicates": Permission(EDIT, "duplicate.dismiss", "video"),
    "list_dismissed_duplicates": Permission(READ),
    "undismiss_duplicates": Permission(EDIT, "duplicate.undismiss", "video"),
    # Not recorded: players send it every few seconds.
    "save_progress": Permission(EDIT, "video.watch", "video", "video_id", is_recorded=False),
    "rename_tag": Permission(EDIT, "tag.rename", "tag", "tag"),
    "delete_tag": Permission(EDIT, "tag.delete", "tag", "tag"),
    "create_view": Permission(EDIT, "view.create", "view"),
    "change_view": Permission(EDIT, "view.update", "view", "view_id"),
    "delete_view": Permission(EDIT, "view.delete", "view", "view_id"),
    "remove_video": Permission(
        EDIT, "video.delete", "video", "video_id", permanent_if=("delete_local", "permanent")
    ),
    "set_thumbnail": Permission(EDIT, "thumbnail.set", "video", "video_id"),
    "reset_thumbnail": Permission(EDIT, "thumbnail.reset", "video", "video_id"),
    "request_playback": Permission(EDIT, "playback.request", "video", "video_id"),
    "create_moment": Permission(EDIT, "moment.create", "moment"),
    "replace_chapters": Permission(EDIT, "chapters.replace", "video", "video_id"),
    "reset_chapters": Permission(EDIT, "chapters.reset", "video", "video_id"),
    "replace_transcript": Permission(EDIT, "transcript.import", "video", "video_id"),
    "correct_transcript": Permission(EDIT, "transcript.correct", "video", "video_id"),
    "reset_transcript": Permission(EDIT, "transcript.reset", "video", "video_id"),
    "undo_transcript_change": Permission(EDIT, "transcript.undo", "video", "video_id"),
    "change_moment": Permission(EDIT, "moment.update", "moment", "moment_id"),
    "delete_moment": Permission(EDIT, "moment.delete", "moment", "moment_id", permanent_if=("permanent",)),
    "restore_moment": Permission(EDIT, "moment.restore", "moment", "moment_id"),
    "reset_moment": Permission(EDIT, "moment.reset", "moment", "moment_id"),
    "merge_moments": Permission(EDIT, "moment.merge", "moment"),
    "split_moment": Permission(EDIT, "moment.split", "moment", "moment_id"),
    "purge_deleted_moments": Permission(ADMIN, "moment.purge", "video", "video_id"),
    "create_exports": Permission(EDIT, "export.create", "video", "video_id"),
    "cancel_export": Permission(EDIT, "export.cancel", "export", "export_id"),
    "retry_export": Permission(EDIT, "export.retry", "export", "export_id"),
    "delete_export": Permission(EDIT, "export.delete", "export", "export_id"),
    "create_share": Permission(EDIT, "share.create", "share"),
    "revoke_share": Permission(EDIT, "share.revoke", "share", "share_id"),
    "replace_vocabulary": Permission(EDIT, "vocabulary.update"),
    "generate_moments": Permission(EDIT, "run.start", "run"),
    "clear_finished_runs": Permission(EDIT, "run.clear"),
    "cancel_pipeline": Permission(EDIT, "run.cancel", "run", "video_id"),
    "retry_pipeline": Permission(EDIT, "run.retry", "run", "video_id"),
    "create_upload": Permission(EDIT, "upload.create", "upload"),
    "continue_upload": Permission(EDIT, "upload.finish", "upload", "upload_id", is_recorded=False),
    "remove_upload": Permission(EDIT, "upload.delete", "upload", "upload_id"),
    "retry_upload": Permission(EDIT, "upload.retry", "upload", "upload_id"),
    "offload_original": Permission(EDIT, "video.offload", "video", "video_id"),
    "fetch_original": Permission(EDIT, "video.fetch", "video", "video_id"),
    "start_verification": Permission(ADMIN, "verification.start"),
    "list_audit_entries": Permission(ADMIN),
    "list_keys": Permission(ADMIN),
    "create_key": Permission(ADMIN, "key.create", "key"),
    "revoke_key": Permission(ADMIN, "key.revoke", "key", "name"),
    "list_watch_folders": Permission(ADMIN),
    "list_migrations": Permission(ADMIN),
    "list_subscriptions": Permission(EDIT),
    "list_subscription_items": Permission(EDIT),
    "preview_subscription": Permission(EDIT, "subscription.preview", is_recorded=False),
    "create_subscription": Permission(EDIT, "subscription.create", "subscription"),
    "change_subscription": Permission(EDIT, "subscription.update", "subscription", "subscription_id"),
    "delete_subscription": Permission(EDIT, "subscription.delete", "subscription", "subscription_id"),
    "check_subscription": Permission(EDIT, "subscription.check", "subscription", "subscription_id"),
    "list_webhooks": Permission(ADMIN),
    "list_webhook_deliveries": Permission(ADMIN),
    "create_webhook": Permission(ADMIN, "webhook.create", "webhook"),
    "change_webhook": Permission(ADMIN, "webhook.update", "webhook", "webhook_id"),
    "delete_webhook": Permission(ADMIN, "webhook.delete", "webhook", "webhook_id"),
    "test_webhook": Permission(ADMIN, "webhook.test", "webhook", "webhook_id"),
    "retry_webhook_delivery": Permission(ADMIN, "webhook.retry", "delivery", "delivery_id"),
    "get_settings": Permission(ADMIN),
}
"""By name of the endpoint. Operations that are missing here need `admin`."""

_UNLISTED = Permission(ADMIN, "unlisted")
_FALSE = frozenset({"false", "0", "no", "off", "n", "f"})
"""Texts that Pydantic parses as false."""


@dataclass(frozen=True, slots=True)
class Operation:
    """The operation that a request selects."""

    permission: Permission
    path_parameters: dict[str, str]

    def needed_scope(self, query: bytes) -> AccessScope:
        """Return the scope that the request needs with its query parameters."""
        if self.permission.permanent_if:
            for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
                if name in self.permission.permanent_if and value.lower() not in _FALSE:
                    return ADMIN
        return self.permission.scope


class Operations:
    """Finds the operation of a request as the router does, before the router reads the body."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = [
            (context.path_regex, frozenset(context.methods or ()), context.name or "")
            for context in iter_route_contexts(routes)
            if hasattr(context, "path_regex")
        ]

    def find(self, scope: Scope, path: str) -> Operation | None:
        """Return the operation at `path`; None if the router answers 404 or 405."""
        for regex, methods, name in self._routes:
            if scope["method"] in methods and (found := regex.match(path)):
                return Operation(PERMISSIONS.get(name, _UNLISTED), found.groupdict())
        return None
