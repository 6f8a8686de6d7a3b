"""Text for runs: the activity of a stage, the end of a run, and the moments found."""

import math
from datetime import UTC, datetime

from app.core.terminal_text import escape_control_characters
from app.models.pipeline import ITEM_UNITS, Clip, RunState, StageName, StageState

BYTES_PER_MB = 1e6
MINUTE = 60
HOUR = 3600


def stage_label(name: str) -> str:
    return name.replace("_", " ")


def clock(seconds: float) -> str:
    """Return `0:05` or `1:02:03`."""
    whole = math.floor(max(seconds, 0))
    minutes, rest = divmod(whole, MINUTE)
    if whole < HOUR:
        return f"{minutes}:{rest:02}"
    return f"{minutes // MINUTE}:{minutes % MINUTE:02}:{rest:02}"


def duration(seconds: float) -> str:
    """Return `0.4 s`, or from a minute on the form of `clock`."""
    return f"{seconds:.1f} s" if seconds < MINUTE else clock(seconds)


def run_seconds(state: RunState, now: datetime | None = None) -> float:
    """Return the seconds from start (or creation, while queued) to end (or `now`)."""
    started = state.started_at or state.created_at
    return max(((state.finished_at or now or datetime.now(UTC)) - started).total_seconds(), 0)


def stage_detail(name: StageName, stage: StageState, now: datetime) -> str:
    """Return the text beside a stage's name and status."""
    if stage.status == "processing":
        return ", ".join(_progress(name, stage, now))
    parts = []
    if stage.seconds is not None and stage.status != "skipped":
        parts.append(duration(stage.seconds))
    if stage.error is not None and stage.status == "failed":
        parts.append(stage.error.detail)
    elif stage.reason:
        parts.append(stage.reason)
    return escape_control_characters(", ".join(parts))


def _progress(name: StageName, stage: StageState, now: datetime) -> list[str]:
    parts = []
    if stage.percent:
        parts.append(f"{stage.percent:.0f} %")
    if stage.bytes_done is not None:
        done = f"{stage.bytes_done / BYTES_PER_MB:.1f}"
        total = f" of {stage.bytes_total / BYTES_PER_MB:.1f}" if stage.bytes_total else ""
        parts.append(f"{done}{total} MB")
    elif stage.items_total:
        parts.append(f"{stage.items_done or 0} of {stage.items_total} {ITEM_UNITS[name]}")
    if stage.started_at is not None:
        parts.append(clock((now - stage.started_at).total_seconds()))
    if stage.reason:
        parts.append(escape_control_characters(stage.reason))
    return parts


def stage_line(state: RunState, name: StageName, stage: StageState) -> str:
    """Return a line such as `talk: STAGE completed in 0.4 s`."""
    line = f"{escape_control_characters(state.video_id)}: {stage_label(name)} {stage.status}"
    if stage.seconds is not None and stage.status != "skipped":
        line += f" {'in' if stage.status == 'completed' else 'after'} {duration(stage.seconds)}"
    reason = stage.error.detail if stage.error and stage.status == "failed" else stage.reason
    return f"{line}: {escape_control_characters(reason)}" if reason else line


def run_line(state: RunState) -> str:
    """Return a line such as `talk: failed in STAGE after 3.2 s`."""
    line = f"{escape_control_characters(state.video_id)}: {state.status}"
    if state.status == "queued":
        return f"{line}, waiting for a worker"
    if state.status != "completed" and state.current_stage is not None:
        line += f" in {stage_label(state.current_stage)}"
    joint = {"completed": " in", "processing": ", for"}.get(state.status, " after")
    return f"{line}{joint} {duration(run_seconds(state))}"


def failure_lines(state: RunState) -> list[str]:
    """Return cause and remedy of a failed run; nothing for other runs."""
    if state.error is None:
        return []
    lines = [
        f"Error: {escape_control_characters(state.video_id)}: {escape_control_characters(state.error.detail)}"
    ]
    if state.error.remedy:
        lines.append(f"  {escape_control_characters(state.error.remedy)}")
    return lines


def moment_lines(clips: list[tuple[Clip, str]]) -> list[str]:
    """Return two lines per moment, in order of time: score and title, and the location of its clip."""
    spans = [f"{clock(clip.start_time)}–{clock(clip.end_time)}" for clip, _ in clips]
    width = max(map(len, spans), default=0)
    lines = []
    for span, (clip, location) in zip(spans, clips, strict=True):
        lines.append(f"  {span:>{width}}  {clip.score:4.1f}  {escape_control_characters(clip.title)}")
        lines.append(f"  {'':{width}}        {escape_control_characters(location)}")
    return lines
