"""Runs that are limited to some stages: those selected, and those whose results they need."""

from collections.abc import Sequence

from app.models.pipeline import REQUIRED_STAGES, StageName
from app.services.pipeline.run_context import RunContext


def is_selected(run: RunContext, stage: StageName) -> bool:
    """Return whether the run's user asked for the stage, rather than for one that needs it."""
    return run.state.options.stages is None or stage in run.state.options.stages


def skip_unselected(run: RunContext, stage: StageName) -> str | None:
    """Return the reason to skip a stage that no selected one needs."""
    selected = run.state.options.stages
    if selected is None or run.state.kind != "moments" or stage in required_stages(selected):
        return None
    return f"not requested: this run makes only {', '.join(name.replace('_', ' ') for name in selected)}"


def required_stages(selected: Sequence[StageName]) -> frozenset[StageName]:
    """Return the stages and all that they need."""
    found: set[StageName] = set()
    waiting = list(selected)
    while waiting:
        stage = waiting.pop()
        if stage not in found:
            found.add(stage)
            waiting.extend(REQUIRED_STAGES.get(stage, ()))
    return frozenset(found)
