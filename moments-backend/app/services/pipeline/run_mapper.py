"""Conversion between the row of a run and its `RunState`."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import PipelineRun
from app.models.pipeline import STAGE_NAMES_OF, RunError, RunKind, RunOptions, RunState, StageState
from app.repositories import video_db_repository
from app.services.library.titles import title_from


async def to_states(session: AsyncSession, rows: Sequence[PipelineRun]) -> list[RunState]:
    """Return the states of the rows, with the titles of their videos."""
    titles = await video_db_repository.get_titles(session, {row.video_identifier for row in rows})
    return [_state(row, titles.get(row.video_identifier)) for row in rows]


async def to_state(session: AsyncSession, row: PipelineRun) -> RunState:
    (state,) = await to_states(session, [row])
    return state


def _state(row: PipelineRun, title: str | None) -> RunState:
    kind = cast("RunKind", row.kind)
    stages = {name: StageState.model_validate(row.stages.get(name, {})) for name in STAGE_NAMES_OF[kind]}
    active = (name for name, stage in stages.items() if stage.status in {"waiting", "processing"})
    failed = (name for name, stage in stages.items() if stage.status in {"failed", "cancelled"})
    return RunState(
        request_id=row.request_id,
        kind=kind,
        video_id=row.video_identifier,
        title=title or title_from(row.video_identifier),
        source_url=row.source_url,
        status=row.status,
        current_stage=next(active, None) or next(failed, None),
        stages=stages,
        options=RunOptions.model_validate(row.options),
        error=RunError.model_validate(row.error) if row.error else None,
        created_at=row.created_at,
        started_at=row.started_at,
        cancel_requested=row.cancel_requested,
        finished_at=row.finished_at,
    )


def to_columns(state: RunState) -> dict[str, Any]:
    """Return the columns of the row that change during a run."""
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
