"""Order of the states of one run, which reach a subscriber from PostgreSQL and from Redis."""

from datetime import UTC, datetime

from app.models.pipeline import RunState, RunStatus, StageState, StageStatus

_STATUS_ORDER: dict[RunStatus, int] = {
    "queued": 0,
    "processing": 1,
    **dict.fromkeys(("completed", "failed", "cancelled"), 2),
}
_STAGE_ORDER: dict[StageStatus, int] = {
    "pending": 0,
    "waiting": 1,
    "processing": 2,
    **dict.fromkeys(("completed", "skipped", "failed", "cancelled"), 3),
}
_NOT_STARTED = datetime.min.replace(tzinfo=UTC)


def is_step_back(known: RunState, received: RunState) -> bool:
    """Return whether `received` has an earlier run status: a late message, or a run that is queued again."""
    return _STATUS_ORDER[received.status] < _STATUS_ORDER[known.status]


def keep_progress(known: RunState, new: RunState) -> RunState:
    """Return `new`, except for each stage that is further ahead in `known`.

    The row of a run has no live progress, and a message may arrive after a newer state was read. Stages go
    back only when they are restarted: by a retry of the run, another attempt, or another worker. Both states
    have to be of the same run; states other than `processing` are not merged.
    """
    if (known.request_id, known.status, new.status) != (new.request_id, "processing", "processing"):
        return new
    is_newer = bool(known.updated_at and new.updated_at and new.updated_at > known.updated_at)
    behind = {
        name for name, stage in new.stages.items() if _is_behind(stage, known.stages[name], is_newer=is_newer)
    }
    if not behind:
        return new
    ahead = any(stage != known.stages[name] for name, stage in new.stages.items() if name not in behind)
    base = new if ahead else known
    return base.model_copy(
        update={
            "stages": new.stages | {name: known.stages[name] for name in behind},
            "updated_at": base.updated_at or known.updated_at,
            "cancel_requested": known.cancel_requested or new.cancel_requested,
        }
    )


def _is_behind(new: StageState, known: StageState, *, is_newer: bool) -> bool:
    if _attempt(new) != _attempt(known):
        return _attempt(new) < _attempt(known)
    if is_newer:
        return False
    return (_STAGE_ORDER[new.status], new.percent) < (_STAGE_ORDER[known.status], known.percent)


def _attempt(stage: StageState) -> tuple[datetime, int]:
    """Return the attempt that a stage is at; a waiting stage is at the one that comes next.

    A retry of the run clears `started_at` and `attempts`; attempts of the same run count up.
    """
    return stage.started_at or _NOT_STARTED, stage.attempts + (stage.status == "waiting")
