"""Follows runs to their end, through a database that is away for a while, and past Ctrl-C."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from app.core.concurrency import cancel_and_wait
from app.core.config import get_settings
from app.core.exceptions import (
    DatabaseError,
    ExitCode,
    NotFoundError,
    ResultNotFoundError,
    VideoMomentsError,
)
from app.core.terminal_text import escape_control_characters
from app.models.pipeline import Clip
from cli import output
from cli.pipeline import Pipeline, open_pipeline
from cli.runs.progress import RunDisplay, TrackedRun, make_view
from cli.runs.text import failure_lines, found_lines, run_line

NO_WORKER = "no worker is running: start one with `videomoments worker` or `make run`"
FIRST_LOOK_SECONDS = 3.0
LOOK_SECONDS = 5.0
"""How often it is asked whether any worker is alive, while runs wait for one."""


async def _follow(pipeline: Pipeline, one: TrackedRun, view: RunDisplay) -> None:
    """Show each state of the run until it has ended; then how it ended, and what was found.

    Raises:
        BrokenOutputError, LocalFileError: stdout takes nothing any more.
    """
    try:
        await _watch(pipeline, one, view)
    except VideoMomentsError as error:
        one.error = error
    view.changed(one)
    await _conclude(pipeline, one, view)


async def _watch(pipeline: Pipeline, one: TrackedRun, view: RunDisplay) -> None:
    """Raises:
    NotFoundError: the run is no more.
    DatabaseError: nobody knows of it just now; later on, a database that is away is waited for.
    """
    assert one.video_id is not None  # noqa: S101 - followed from the moment it has a run
    async with aclosing(pipeline.watching.subscribe(one.video_id, first=one.state)) as states:
        async for state in states:
            one.state = state
            view.changed(one)
    if one.state is not None and one.state.is_active:
        raise NotFoundError(f"the run of {one.video_id!r} is no more: was the video deleted?")


async def _conclude(pipeline: Pipeline, one: TrackedRun, view: RunDisplay) -> None:
    if one.error is not None:
        print_error(view, one)
        return
    if one.state is None:
        return
    view.put(run_line(one.state))
    if one.is_completed:
        try:
            lines = found_lines(await clips_of(pipeline, one.state.video_id))
        except VideoMomentsError as error:
            view.say(f"the clips of {one.name} cannot be listed: {error.cause}")
        else:
            reason = one.state.no_moments_reason
            view.put("\n".join(lines or [f"  no moments{f': {reason}' if reason else ''}"]))
        return
    for line in failure_lines(one.state):
        view.say(line)
    view.say(f"  then: videomoments retry {one.name}")


def print_error(view: RunDisplay, one: TrackedRun) -> None:
    """Why this source has no run."""
    assert one.error is not None  # noqa: S101 - asked for when there is one
    cause = escape_control_characters(one.error.cause)
    named = (
        escape_control_characters(Path(one.source).name) in cause
    )  # as a cause that is about the file itself does
    view.say(f"Error: {cause}" if named else f"Error: {one.name}: {cause}")
    if one.error.remedy:
        view.say(f"  {one.error.remedy}")


async def clips_of(pipeline: Pipeline, video_id: str) -> list[tuple[Clip, str]]:
    """The clips, each with the file on this machine, or else its object."""
    try:
        clips = await pipeline.clips.list_clips(video_id)
    except ResultNotFoundError:
        return []
    return [(clip, await asyncio.to_thread(_place, pipeline, video_id, clip)) for clip in clips]


def _place(pipeline: Pipeline, video_id: str, clip: Clip) -> str:
    path = pipeline.settings.moment_clips_dir / clip.filename
    if path.is_file():
        return str(path)
    uploader = pipeline.uploader
    return uploader.cloud_url(uploader.clip_path(video_id, clip.moment_id))


def follow_run(video: str, *, as_json: bool, is_retry: bool = False) -> int:
    """Follow the last run of one video to its end; with `is_retry` put it back into the queue first.

    Returns:
        The exit code.
    """
    one = TrackedRun(video, video)
    return asyncio.run(
        run_until_interrupted(
            _follow_one(one, as_json=as_json, is_retry=is_retry), lambda: print_remaining_runs([one])
        )
    )


async def _follow_one(one: TrackedRun, *, as_json: bool, is_retry: bool) -> int:
    async with open_pipeline(get_settings()) as pipeline:
        if is_retry:
            one.state = await pipeline.submission.retry(one.source)
        else:
            one.state = await pipeline.watching.state(one.source)
        view, ticker = make_view([one], as_json=as_json)
        async with ticker, following(pipeline, view) as begin:
            begin(one)
    if as_json:
        document = one.state.model_dump(mode="json")
        output.print_stdout(f"{json.dumps(document, indent=2, ensure_ascii=False)}\n")
    return ExitCode.OK if one.is_completed else ExitCode.SOME_FAILED


def print_remaining_runs(followed: Sequence[TrackedRun]) -> None:
    """After Ctrl-C: which runs go on, and how to end them."""
    for one in followed:
        if one.video_id is not None and one.is_under_way:
            output.print_stderr(f"{one.name}: the run goes on; end it with: videomoments cancel {one.name}")


@asynccontextmanager
async def following(pipeline: Pipeline, view: RunDisplay) -> AsyncIterator[Callable[[TrackedRun], None]]:
    """Gives what begins to follow one of them. The block ends with the last of them, or ends them."""
    tasks = [asyncio.create_task(_look_for_workers(pipeline, view))]
    try:
        yield lambda one: tasks.append(asyncio.create_task(_follow(pipeline, one, view)))
        await asyncio.gather(*tasks[1:])
    finally:
        await cancel_and_wait(*tasks)


async def _look_for_workers(pipeline: Pipeline, view: RunDisplay) -> None:
    """Say so while runs wait and no worker is alive; until the caller is cancelled."""
    await asyncio.sleep(FIRST_LOOK_SECONDS)
    while True:
        is_waiting = any(one.state and one.state.is_active for one in view.followed)
        with suppress(DatabaseError):
            view.note(NO_WORKER if is_waiting and not await pipeline.count_workers() else None)
        await asyncio.sleep(LOOK_SECONDS)


async def run_until_interrupted(work: Coroutine[Any, Any, int], on_interrupt: Callable[[], None]) -> int:
    """Do the work, or let go of it at Ctrl-C or SIGTERM. A second Ctrl-C gets the system's own answer.

    Returns:
        The work's exit code, or `ExitCode.INTERRUPTED`.
    """
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    interrupted = False

    def restore() -> None:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        restore()
        task.cancel()

    for number in numbers:
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
