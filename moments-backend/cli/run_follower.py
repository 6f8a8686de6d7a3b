"""Follow runs to their end, through database outages and until Ctrl-C."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from app.core.concurrency import cancel_and_wait, run_in_thread
from app.core.config import get_settings
from app.core.exceptions import (
    DatabaseError,
    ExitCode,
    NotFoundError,
    ResultNotFoundError,
    VideoMomentsError,
)
from app.core.terminal_text import escape_control_characters
from app.models.pipeline import Clip, RunKind, RunState
from cli import output
from cli.pipeline import Pipeline, open_pipeline
from cli.run_kind import kind_option
from cli.runs.progress import RunDisplay, make_display
from cli.runs.text import failure_lines, moment_lines, run_line
from cli.runs.tracked_run import TrackedRun

NO_WORKER = "No worker is running: start one with `videomoments worker` or `make run`"
FIRST_CHECK_SECONDS = 3.0
CHECK_SECONDS = 5.0
"""Interval of the check for live workers while runs are active."""


async def follow_to_end(pipeline: Pipeline, run: TrackedRun, display: RunDisplay) -> None:
    """Display each state of the run until it ends, then its result."""
    try:
        await _track(pipeline, run, display)
    except VideoMomentsError as error:
        run.error = error
    display.update(run)
    await _print_result(pipeline, run, display)


async def _track(pipeline: Pipeline, run: TrackedRun, display: RunDisplay) -> None:
    """Update `run` until it ends; a later database outage is waited out.

    Raises:
        NotFoundError: the run was deleted.
        DatabaseError: the first state cannot be read.
    """
    assert run.video_id is not None  # noqa: S101 - set before a run is followed
    async with aclosing(pipeline.run_reader.subscribe(run.video_id, run.kind, first=run.state)) as states:
        async for state in states:
            run.state = state
            display.update(run)
    if run.state is not None and run.state.is_active:
        raise NotFoundError(f"the run of {run.video_id!r} no longer exists (video deleted?)")


async def _print_result(pipeline: Pipeline, run: TrackedRun, display: RunDisplay) -> None:
    if run.error is not None:
        print_error(display, run)
        return
    if run.state is None:
        return
    display.print_stdout(run_line(run.state))
    if run.is_completed:
        if run.state.ends_with_transcript:
            await _print_transcript(pipeline, run.state, display)
        elif run.kind == "moments":
            await _print_moments(pipeline, run.state, display)
        return
    for line in failure_lines(run.state):
        display.print_stderr(line)
    display.print_stderr(f"  To retry: videomoments retry {run.name}{kind_option(run.kind)}")


async def _print_transcript(pipeline: Pipeline, state: RunState, display: RunDisplay) -> None:
    name = escape_control_characters(state.video_id)
    try:
        transcript = await pipeline.transcripts.load_local_first(state.video_id)
    except VideoMomentsError as error:
        display.print_stderr(f"Cannot read the transcript of {name}: {error.cause}")
        return
    if transcript is None:
        reason = state.stages["transcription"].reason
        display.print_stdout(f"  no transcript{f': {reason}' if reason else ''}")
        return
    languages = ", ".join(transcript.languages or [transcript.language])
    words = len(transcript.word_timestamps)
    display.print_stdout(f"  transcript: {words} words, language {languages}, source {transcript.source}")


async def _print_moments(pipeline: Pipeline, state: RunState, display: RunDisplay) -> None:
    try:
        lines = moment_lines(await list_clips(pipeline, state.video_id))
    except VideoMomentsError as error:
        name = escape_control_characters(state.video_id)
        display.print_stderr(f"Cannot list the clips of {name}: {error.cause}")
    else:
        reason = state.no_moments_reason
        display.print_stdout("\n".join(lines or [f"  no moments{f': {reason}' if reason else ''}"]))


def print_error(display: RunDisplay, run: TrackedRun) -> None:
    """Print why this source has no run, prefixed with its name unless the cause contains it."""
    assert run.error is not None  # noqa: S101 - called for errors only
    cause = escape_control_characters(run.error.cause)
    is_named = escape_control_characters(Path(run.source).name) in cause
    display.print_stderr(f"Error: {cause}" if is_named else f"Error: {run.name}: {cause}")
    if run.error.remedy:
        display.print_stderr(f"  {run.error.remedy}")


async def list_clips(pipeline: Pipeline, video_id: str) -> list[tuple[Clip, str]]:
    """Return the clips, each with its local path, or the URL of its object."""
    try:
        clips = await pipeline.clips.list_clips(video_id)
    except ResultNotFoundError:
        return []
    return [(clip, await run_in_thread(_location, pipeline, video_id, clip)) for clip in clips]


def _location(pipeline: Pipeline, video_id: str, clip: Clip) -> str:
    path = pipeline.settings.moment_clips_dir / clip.filename
    if path.is_file():
        return str(path)
    uploader = pipeline.uploader
    return uploader.cloud_url(uploader.clip_path(video_id, clip.moment_id))


def follow_run(video: str, *, as_json: bool, kind: RunKind = "moments", is_retry: bool = False) -> int:
    """Follow the last run of a video and kind to its end, after queueing it again if `is_retry`.

    Returns:
        The exit code.
    """
    run = TrackedRun(video, video, kind=kind)
    return asyncio.run(
        run_until_interrupted(
            _follow_one(run, as_json=as_json, is_retry=is_retry), lambda: print_remaining_runs([run])
        )
    )


async def _follow_one(run: TrackedRun, *, as_json: bool, is_retry: bool) -> int:
    async with open_pipeline(get_settings()) as pipeline:
        if is_retry:
            run.state = await pipeline.run_service.retry(run.source, run.kind)
        else:
            run.state = await pipeline.run_reader.state(run.source, run.kind)
        display, refresh_loop = make_display([run], as_json=as_json)
        async with refresh_loop, following(pipeline, display) as follow:
            follow(run)
    if as_json:
        output.print_json(run.state.model_dump(mode="json"))
    return ExitCode.OK if run.is_completed else ExitCode.SOME_FAILED


def print_remaining_runs(runs: Sequence[TrackedRun]) -> None:
    """Print the runs that continue after Ctrl-C, with the command that cancels each."""
    for run in runs:
        if run.video_id is not None and run.is_active:
            cancel = f"videomoments cancel {run.name}{kind_option(run.kind)}"
            output.print_stderr(f"{run.name}: the run continues; cancel it with: {cancel}")


@asynccontextmanager
async def following(pipeline: Pipeline, display: RunDisplay) -> AsyncIterator[Callable[[TrackedRun], None]]:
    """Yield a function that starts following a run, and wait for all of them at the end of the block."""
    tasks = [asyncio.create_task(_check_workers(pipeline, display))]
    try:
        yield lambda run: tasks.append(asyncio.create_task(follow_to_end(pipeline, run, display)))
        await asyncio.gather(*tasks[1:])
    finally:
        await cancel_and_wait(*tasks)


async def _check_workers(pipeline: Pipeline, display: RunDisplay) -> None:
    """Display a note while runs are active and no worker is alive."""
    await asyncio.sleep(FIRST_CHECK_SECONDS)
    while True:
        has_active = any(run.state and run.state.is_active for run in display.runs)
        with suppress(DatabaseError):
            display.set_note(NO_WORKER if has_active and not await pipeline.count_workers() else None)
        await asyncio.sleep(CHECK_SECONDS)


async def run_until_interrupted(work: Coroutine[Any, Any, int], on_interrupt: Callable[[], None]) -> int:
    """Run `work`, or cancel it on Ctrl-C or SIGTERM; a second Ctrl-C kills the process.

    Returns:
        The exit code of `work`, or `ExitCode.INTERRUPTED`.
    """
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    interrupted = False

    def restore() -> None:
        for number, handler in previous.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        restore()
        task.cancel()

    for number in previous:
        loop.add_signal_handler(number, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        if not interrupted:
            raise
        on_interrupt()
        return ExitCode.INTERRUPTED
    finally:
        if not interrupted:
            restore()
