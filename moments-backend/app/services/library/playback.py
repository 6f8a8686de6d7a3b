"""Source of a player: the original, or its playback copy if browsers cannot play it."""

from typing import Literal
from urllib.parse import quote

from pydantic import ValidationError

from app.core.exceptions import ObjectNotFoundError, PlaybackNotReadyError
from app.database.models import Video
from app.media.playback import PlaybackPlan, plan_from_columns, plan_playback
from app.models.media_info import MediaInfo
from app.models.pipeline import RunState
from app.models.playback import Playback
from app.repositories.playback_state_repository import MediaFacts
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.timeouts import with_request_timeout

Mode = Literal["auto", "on_demand", "off"]
"""Values of `PLAYBACK_COPIES`."""

COPY_SHARE = 0.9
"""Share of the copy in the progress; the upload is the rest."""

NOT_REQUESTED = "No playback copy has been requested."
CANCELLED = "The playback copy was cancelled."
FAILED = "The playback copy could not be made."


def plan_of(video: Video | MediaFacts) -> PlaybackPlan:
    """Return the plan that the row's media facts give; rows of older versions have only the codecs."""
    filename = video.cloud_url.rpartition("/")[2]
    if video.media is not None:
        try:
            info = MediaInfo.model_validate(video.media)
        except ValidationError:  # written by another version
            pass
        else:
            return plan_playback(info, filename)
    return plan_from_columns(video.video_codec, video.audio_codec, filename)


def wants_copy(video: Video) -> bool:
    """Return whether the video needs a copy that does not exist, so that its last run matters."""
    if video.playback_state is None:
        return plan_of(video).method != "original"
    return video.playback_state in {"needed", "failed"}


def playback_of(video: Video, mode: Mode, run: RunState | None) -> Playback:
    """Return what a player plays.

    Args:
        run: the last run that made a copy; needed only if `wants_copy`.
    """
    path = f"/api/videos/{quote(video.identifier, safe='')}"
    url, original = f"{path}/playback", f"{path}/stream"
    if video.playback_state == "ready":
        return Playback(source="copy", state="ready", url=url)
    if not wants_copy(video):
        return Playback(source="original", state="ready", url=original)
    reason = plan_of(video).reason
    if run is not None and run.is_active:
        state = "processing" if run.status == "processing" else "queued"
        return Playback(source="copy", state=state, percent=_percent(run), reason=reason, url=url)
    if mode == "off":
        return Playback(source="original", state="ready", reason=reason, url=original)
    if video.playback_state == "failed":
        return Playback(source="copy", state="failed", percent=0, reason=_failure(run), url=url)
    if mode == "on_demand":
        reason = f"{reason} {NOT_REQUESTED}" if reason else NOT_REQUESTED
        return Playback(source="copy", state="failed", percent=0, reason=reason, url=url)
    return Playback(source="copy", state="queued", percent=0, reason=reason, url=url)


def ensure_ready(video: Video, playback: Playback) -> None:
    """Raise an error if the copy is still being made or can be requested.

    A failed copy raises nothing, because players then get the original.

    Raises:
        PlaybackNotReadyError: the copy does not exist yet.
    """
    name = repr(video.identifier)
    if playback.state in {"queued", "processing"}:
        raise PlaybackNotReadyError(
            f"the playback copy of {name} is {playback.percent:.0f} % done",
            remedy=f"retry later, or download the original from {_original(video)}",
        )
    if playback.state == "failed" and video.playback_state != "failed":
        raise PlaybackNotReadyError(
            f"no playback copy of {name} has been requested",
            remedy=f"request it with POST {playback.url}, or download the original from {_original(video)}",
        )


async def sign_copy_url(uploader: GCSUploader, video: Video, *, method: str = "GET") -> str:
    """Return a signed URL of the copy.

    Args:
        method: the only HTTP method that the URL allows.

    Raises:
        ObjectNotFoundError: the bucket does not contain it.
        StorageError: the bucket could not be read.
    """
    path = uploader.playback_path(video.identifier)
    if await with_request_timeout(uploader.describe_object(path)) is None:
        raise ObjectNotFoundError(
            f"{uploader.cloud_url(path)} does not exist",
            remedy=f"make it again: videomoments playback {video.identifier}",
        )
    return await with_request_timeout(uploader.generate_signed_url(path, method))


def _percent(run: RunState) -> float:
    copy, upload = run.stages["playback_copy"], run.stages["playback_upload"]
    return round(COPY_SHARE * copy.percent + (1 - COPY_SHARE) * upload.percent, 1)


def _failure(run: RunState | None) -> str:
    if run is not None and run.error is not None:
        return run.error.detail
    return CANCELLED if run is not None and run.status == "cancelled" else FAILED


def _original(video: Video) -> str:
    return f"/api/videos/{quote(video.identifier, safe='')}/stream?download=true"
