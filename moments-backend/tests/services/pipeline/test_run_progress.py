"""Order of run states: progress goes back only when a stage is restarted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.models.pipeline import STAGE_NAMES, RunOptions, RunState, StageName, StageState
from app.services.pipeline.run_progress import is_step_back, keep_progress

START = datetime(2026, 2, 8, 10, 0, tzinfo=UTC)
STAGE: StageName = "transcription"
NEXT: StageName = "moment_generation"


def stage(percent: float = 0, attempts: int = 1, **fields: Any) -> StageState:
    values = {"status": "processing", "started_at": START} | fields
    return StageState(percent=percent, attempts=attempts, **values)


def state(current: StageState, *, seconds: float | None = None, **fields: Any) -> RunState:
    """Return a run at `STAGE`; `seconds` is the time of publication, None for the row's state."""
    stages = {name: StageState() for name in STAGE_NAMES} | {STAGE: current}
    values: dict[str, Any] = {
        "request_id": "r",
        "title": "Talk",
        "video_id": "talk",
        "status": "processing",
        "stages": stages,
        "current_stage": STAGE,
        "options": RunOptions(),
        "created_at": START,
        "updated_at": None if seconds is None else START + timedelta(seconds=seconds),
    }
    return RunState.model_validate(values | fields)


@pytest.mark.parametrize(
    ("known", "new"),
    [
        (state(stage(60), seconds=9), state(stage())),  # the row, read again
        (state(stage(60), seconds=9), state(stage(55), seconds=8)),  # a late message
        (state(stage(60)), state(stage(55))),
        (state(stage(60), seconds=9), state(StageState())),  # the row before the stage was recorded
        (state(stage(5, attempts=2), seconds=9), state(stage(60))),  # the row of the first attempt
        (state(stage(100, status="completed"), seconds=9), state(stage(90))),
        (state(stage(60), seconds=9), state(stage(status="waiting", attempts=0))),
        (state(stage(60), seconds=9), state(stage(status="pending"))),
    ],
)
def test_older_progress_is_ignored(known: RunState, new: RunState) -> None:
    assert keep_progress(known, new) == known


@pytest.mark.parametrize(
    ("known", "new"),
    [
        (state(stage(60), seconds=8), state(stage(61), seconds=9)),
        (state(stage(60), seconds=8), state(stage(10), seconds=9)),  # the download starts from the beginning
        (state(stage(60), seconds=8), state(stage(attempts=2))),  # another attempt
        (state(stage(60), seconds=8), state(stage(status="waiting"))),  # another attempt waits
        (
            state(stage(60, attempts=2)),
            state(stage(started_at=START + timedelta(minutes=1))),
        ),  # a run retried
        (
            state(stage(60), seconds=9),
            state(stage(attempts=2), seconds=3),
        ),  # another worker's clock is behind
        (state(stage(60), seconds=9), state(stage(100, status="completed"))),
        (state(stage(60), seconds=9), state(StageState(), status="queued")),
        (state(stage(60), seconds=9), state(stage(), status="failed")),
        (state(stage(60), seconds=9), state(stage(), request_id="another")),
    ],
)
def test_newer_progress_is_kept(known: RunState, new: RunState) -> None:
    assert keep_progress(known, new) == new


def test_stages_behind_are_kept_beside_newer_ones() -> None:
    known = state(stage(60), seconds=9, cancel_requested=True)
    restarted = state(stage())
    restarted.stages[NEXT] = stage(20)

    merged = keep_progress(known, restarted)

    assert merged.stages[STAGE] == known.stages[STAGE]
    assert merged.stages[NEXT].percent == 20
    assert merged.updated_at == known.updated_at
    assert merged.cancel_requested


def test_run_status_order() -> None:
    queued, processing, failed = (state(stage(), status=name) for name in ("queued", "processing", "failed"))
    assert is_step_back(processing, queued)
    assert is_step_back(failed, processing)
    assert not is_step_back(queued, processing)
    assert not is_step_back(processing, failed)
