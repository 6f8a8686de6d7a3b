"""A run's row as the state that people see, and back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import VideoMomentsError
from app.database.models import PipelineRun
from app.models.pipeline import STAGE_NAMES, RunError, RunOptions, RunState, StageState
from app.repositories import video_db_repository
from app.services.library.titles import title_from


async def to_states(session: AsyncSession, rows: Sequence[PipelineRun]) -> list[RunState]:
    """The runs, each called as its video is."""
    titles = await video_db_repository.get_titles(session, {row.video_identifier for row in rows})
    return [_state(row, titles.get(row.video_identifier)) for row in rows]


async def to_state(session: AsyncSession, row: PipelineRun) -> RunState:
    """One of them."""
    (state,) = await to_states(session, [row])
    return state


def _state(row: PipelineRun, title: str | None) -> RunState:
    """Every stage in the pipeline's order, whether it was reached or not."""
    stages = {name: StageState.model_validate(row.stages.get(name, {})) for name in STAGE_NAMES}
    under_way = (name for name, stage in stages.items() if stage.status in {"waiting", "processing"})
    failed = (name for name, stage in stages.items() if stage.status in {"failed", "cancelled"})
    return RunState(
        request_id=row.request_id,
        video_id=row.video_identifier,
        title=title or title_from(row.video_identifier),
        source_url=row.source_url,
        status=row.status,
        current_stage=next(under_way, None) or next(failed, None),
        stages=stages,
        options=RunOptions.model_validate(row.options),
        error=RunError.model_validate(row.error) if row.error else None,
        created_at=row.created_at,
        started_at=row.started_at,
        cancel_requested=row.cancel_requested,
        finished_at=row.finished_at,
    )


def to_columns(state: RunState) -> dict[str, Any]:
    """What the row keeps of a state that changed."""
    return {
        "status": state.status,
        "stages": {
            name: stage.model_dump(mode="json", exclude_defaults=True)
            for name, stage in state.stages.items()
            if stage != StageState()
        },
        "error": state.error.model_dump(mode="json") if state.error else None,
        "finished_at": state.finished_at,
    }


def to_error(error: VideoMomentsError) -> RunError:
    return RunError(
        type=error.type,
        title=error.title,
        detail=error.cause,
        remedy=error.remedy,
        retryable=error.retryable,
    )


def utc_now() -> datetime:
    return datetime.now(UTC)
