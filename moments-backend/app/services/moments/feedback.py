"""Feedback on moments: recorded with each edit of a user, and turned into weights of the selection."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from app.ai.moments.feature_weights import FeatureWeights, Mark, estimate_weights
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.database.models import MomentFeedback
from app.database.session import transaction
from app.models.moment import Moment
from app.repositories import moment_feedback_repository

FeedbackAction = Literal[
    "kept",
    "unkept",
    "rated",
    "trimmed",
    "deleted",
    "restored",
    "created",
    "merged",
    "split",
    "exported",
]

MAX_ROWS_PER_VIDEO = 2000
MAX_ROWS_READ = 20_000
"""Rows from which weights are estimated, newest first: about 1 s."""
GOOD_RATING, BAD_RATING = 4, 2


async def record(
    session: AsyncSession,
    row_id: int,
    moment: Moment,
    action: FeedbackAction,
    value: float | None = None,
) -> None:
    """Record a user's action on a moment in the transaction of the edit.

    A repeated action replaces the earlier row, and each video keeps its newest `MAX_ROWS_PER_VIDEO` rows.

    Args:
        row_id: `videos.id`.
        moment: the moment with its boundaries and scores at the time of the action.
        value: the rating with `rated`; None if the user removed it.
    """
    await record_all(session, row_id, [moment], action, value)


async def record_all(
    session: AsyncSession,
    row_id: int,
    moments: Sequence[Moment],
    action: FeedbackAction,
    value: float | None = None,
) -> None:
    """Record the same action on several moments, like `record`."""
    await moment_feedback_repository.delete_repeated(
        session, row_id, [moment.id for moment in moments], action
    )
    await moment_feedback_repository.add_all(
        session,
        (
            {
                "video_id": row_id,
                "moment_id": moment.id,
                "action": action,
                "value": value,
                "start_time": moment.start_time,
                "end_time": moment.end_time,
                "model": moment.model,
                "version": moment.prompt_version,
                "scores": _finite(moment.scores) or None,
            }
            for moment in moments
        ),
    )
    await moment_feedback_repository.delete_all_but_newest(session, row_id, MAX_ROWS_PER_VIDEO)


def _finite(scores: dict[str, float] | None) -> dict[str, float]:
    return {name: score for name, score in (scores or {}).items() if math.isfinite(score)}


async def load_weights(settings: Settings) -> FeatureWeights:
    """Return the weights of the features; neutral unless `MOMENT_FEEDBACK_WEIGHTS` is on and marks suffice.

    Raises:
        DatabaseError: the table could not be read.
    """
    if not settings.moment_feedback_weights:
        return FeatureWeights.neutral()
    async with transaction() as session:
        marks = marks_of(await moment_feedback_repository.list_newest(session, MAX_ROWS_READ))
    return await run_in_thread(estimate_weights, marks)


@dataclass(slots=True)
class _Judgement:
    """State of one moment after the actions on it."""

    scores: dict[str, float] = field(default_factory=dict)
    rating: float | None = None
    is_kept: bool = False
    is_exported: bool = False
    is_deleted: bool = False

    def apply(self, row: MomentFeedback) -> None:
        match row.action:
            case "kept" | "unkept":
                self.is_kept = row.action == "kept"
            case "deleted" | "restored":
                self.is_deleted = row.action == "deleted"
            case "rated":
                self.rating = row.value
            case "created" | "exported":
                self.is_exported = True

    @property
    def is_liked(self) -> bool | None:
        """Return None if the actions do not judge the moment."""
        if self.is_deleted:
            return False
        if self.rating is not None and not BAD_RATING < self.rating < GOOD_RATING:
            return self.rating >= GOOD_RATING
        return True if self.is_kept or self.is_exported else None


def marks_of(rows: Iterable[MomentFeedback]) -> list[Mark]:
    """Return one mark per judged moment with scores; later actions override earlier ones.

    Scores of other features than those of the newest row come from another version of the engine, and are
    left out.
    """
    judgements: dict[tuple[int, str], _Judgement] = {}
    newest = _Judgement()
    for row in rows:
        newest = judgements.setdefault((row.video_id, row.moment_id), _Judgement())
        newest.scores = row.scores or {}
        newest.apply(row)
    return [
        Mark(judgement.scores, is_liked=is_liked)
        for judgement in judgements.values()
        if judgement.scores.keys() == newest.scores.keys() and (is_liked := judgement.is_liked) is not None
    ]
