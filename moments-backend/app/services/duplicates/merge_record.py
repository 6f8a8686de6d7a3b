"""Record of what a merge of duplicates has changed, stored with its operation so that it can be undone."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from app.database.models import MomentEdit, Video
from app.models.text import fold_case

FILLED = ("source_url", "description", "channel", "recorded_at", "title", "language")
"""Columns of a removed video that the kept one gets if it has no value."""


class VideoMarks(BaseModel):
    """The columns of a video that a merge may change."""

    model_config = ConfigDict(from_attributes=True)

    tags: list[str]
    is_favorite: bool
    watch_position: float | None
    last_watched_at: datetime | None
    source_url: str | None
    description: str | None
    channel: str | None
    recorded_at: datetime | None
    title: str | None
    language: str | None


class MomentMarks(BaseModel):
    """The columns of a moment's edits that a merge may change."""

    model_config = ConfigDict(from_attributes=True)

    title: str | None
    rating: int | None
    is_kept: bool
    is_edited: bool
    is_deleted: bool
    is_purged: bool
    deleted_at: datetime | None
    replaces: list[str]


class CopiedMoment(BaseModel):
    """A moment that the merge has copied; `before` is None if the video did not have it."""

    moment_id: str
    before: MomentMarks | None
    after: MomentMarks


class MergeRecord(BaseModel):
    """The kept video before and after a merge.

    Attributes:
        undone: identifiers of the videos that the undo has restored; None before it.
    """

    keep: str
    keep_number: int
    before: VideoMarks
    after: VideoMarks
    moments: list[CopiedMoment]
    undone: list[str] | None = None
    moments_removed: int = 0


def marks_of(edit: MomentEdit) -> MomentMarks:
    return MomentMarks.model_validate(edit)


def take_back(video: Video, record: MergeRecord) -> bool:
    """Restore the columns that still have the value of the merge; return whether one has changed.

    Of changed tags, those that the merge has added are removed.
    """
    before, after, now = record.before, record.after, VideoMarks.model_validate(video)
    if now.tags == after.tags:
        video.tags = before.tags
    else:
        added = set(map(fold_case, after.tags)) - set(map(fold_case, before.tags))
        video.tags = [tag for tag in now.tags if fold_case(tag) not in added]
    # The time and the position belong together.
    groups = [("is_favorite",), ("last_watched_at", "watch_position"), *((column,) for column in FILLED)]
    for columns in groups:
        if all(getattr(now, column) == getattr(after, column) for column in columns):
            for column in columns:
                setattr(video, column, getattr(before, column))
    return VideoMarks.model_validate(video) != now
