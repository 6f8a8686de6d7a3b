"""The ranges of a video that a request for exports selects."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.exceptions import InvalidRequestError, ResultNotFoundError
from app.database.models import Video
from app.models.export import MAX_EXPORT_SECONDS, ExportCreate
from app.models.moment import MomentRead
from app.services.exports.naming import range_title
from app.services.library.titles import title_from

MIN_EXPORT_SECONDS = 0.5
"""Shorter than the first word of a sentence; loudness is measured over 0.4 s."""
TOLERANCE_SECONDS = 0.5
"""Containers and players disagree by some frames about the end of a video."""


@dataclass(frozen=True)
class SelectedRange:
    """One range to export; times in seconds of the video."""

    start: float
    end: float
    title: str
    moment: MomentRead | None = None


def select_ranges(
    video: Video, moments: Sequence[MomentRead] | None, wanted: ExportCreate
) -> list[SelectedRange]:
    """Return the ranges in the order of the request, each once.

    Args:
        moments: the moments of the video; None if it has none yet.

    Raises:
        ResultNotFoundError: a moment does not exist.
        InvalidRequestError: a range is too short or too long, or outside the video.
    """
    if wanted.start_time is not None and wanted.end_time is not None:
        title = wanted.title or range_title(video_title(video), wanted.start_time, wanted.end_time)
        selected = [SelectedRange(wanted.start_time, wanted.end_time, title)]
    else:
        chosen = _all_moments(video, moments) if wanted.moments else _by_id(video, moments, wanted)
        selected = [
            SelectedRange(moment.start_time, moment.end_time, moment.title, moment) for moment in chosen
        ]
    return [_checked(video, item) for item in selected]


def video_title(video: Video) -> str:
    return video.title or title_from(video.identifier)


def _all_moments(video: Video, moments: Sequence[MomentRead] | None) -> list[MomentRead]:
    """Return all moments in order of time, refined where a refined version exists."""
    refined = {moment.parent_id: moment for moment in moments or () if moment.is_refined}
    best = [refined.get(moment.id, moment) for moment in moments or () if not moment.is_refined]
    if not best:
        raise ResultNotFoundError("moment", video.identifier)
    return sorted(best, key=lambda moment: moment.start_time)


def _by_id(video: Video, moments: Sequence[MomentRead] | None, wanted: ExportCreate) -> list[MomentRead]:
    by_id = {moment.id: moment for moment in moments or ()}
    chosen = []
    for moment_id in dict.fromkeys(wanted.moment_ids or ()):
        if moment_id not in by_id:
            raise ResultNotFoundError(f"moment {moment_id}", video.identifier)
        chosen.append(by_id[moment_id])
    return chosen


def _checked(video: Video, item: SelectedRange) -> SelectedRange:
    """Return the range in milliseconds and inside the video."""
    start, end, duration = round(item.start, 3), round(item.end, 3), video.duration_seconds
    if duration is not None:
        if start >= duration or end > duration + TOLERANCE_SECONDS:
            raise InvalidRequestError(
                f"the range from {start:g} to {end:g} s exceeds the video, which ends at {duration:g} s",
                remedy="choose a range inside the video",
            )
        end = min(end, round(duration, 3))
    if not MIN_EXPORT_SECONDS <= end - start <= MAX_EXPORT_SECONDS:
        raise InvalidRequestError(
            f"the range from {start:g} to {end:g} s has {end - start:g} s; exports have"
            f" {MIN_EXPORT_SECONDS:g} to {MAX_EXPORT_SECONDS:g} s",
            remedy="choose another range",
        )
    return SelectedRange(start, end, item.title, item.moment)
