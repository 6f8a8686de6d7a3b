"""Execution of `videomoments playback`, from its videos to its exit code."""

import asyncio
from typing import Any

from app.core.config import get_settings
from app.core.exceptions import DatabaseError, ExitCode, VideoMomentsError
from app.models.pipeline import RunError
from cli import output
from cli.errors import describe
from cli.pipeline import Pipeline, open_pipeline
from cli.run_follower import (
    NO_WORKER,
    follow_to_end,
    following,
    print_error,
    print_remaining_runs,
    run_until_interrupted,
)
from cli.runs.progress import RunDisplay, make_display
from cli.runs.tracked_run import TrackedRun

MAX_AT_ONCE = 10
"""Runs that are queued and followed at the same time; each worker makes one copy at a time."""


def run(videos: list[str], *, detach: bool, as_json: bool) -> int:
    """Make copies of `videos`, or of every video that needs one, and return the exit code."""
    output.force_utf8_streams()
    command = PlaybackCommand(videos, detach=detach, as_json=as_json)
    return asyncio.run(run_until_interrupted(command(), lambda: print_remaining_runs(command.runs)))


class PlaybackCommand:
    def __init__(self, videos: list[str], *, detach: bool, as_json: bool) -> None:
        self.runs: list[TrackedRun] = []
        self._videos = videos
        self._detach = detach
        self._as_json = as_json
        self._slots = asyncio.Semaphore(MAX_AT_ONCE)

    async def __call__(self) -> int:
        async with open_pipeline(get_settings()) as pipeline:
            try:
                workers = await pipeline.count_workers()
                videos = self._videos or await pipeline.playback.list_wanted()
            except DatabaseError as error:
                output.print_stderr(describe(error))
                return ExitCode.CONFIGURATION
            display, refresh_loop = make_display(self.runs, as_json=self._as_json)
            async with refresh_loop, following(pipeline, display):
                await asyncio.gather(*(self._make(pipeline, display, video) for video in videos))
            if not videos:
                output.print_stderr("No video needs a copy.")
            if self._detach and not workers and any(run.state for run in self.runs):
                output.print_stderr(NO_WORKER)
            if self._as_json:
                output.print_json({"runs": [_document(run) for run in self.runs]})
        return ExitCode.OK if all(map(self._is_done, self.runs)) else ExitCode.SOME_FAILED

    async def _make(self, pipeline: Pipeline, display: RunDisplay, video: str) -> None:
        async with self._slots:
            run = TrackedRun(video, video, kind="playback")
            self.runs.append(run)
            try:
                run.state = await pipeline.playback.request(video)
            except VideoMomentsError as error:
                run.error = error
                print_error(display, run)
                return
            await pipeline.record("playback.request", video, run=run.state.request_id)
            if self._detach:
                display.print_stdout(
                    f"{run.name}: queued; see: videomoments status {run.name} --kind playback --follow"
                )
            else:
                await follow_to_end(pipeline, run, display)

    def _is_done(self, run: TrackedRun) -> bool:
        return run.error is None if self._detach else run.is_completed


def _document(run: TrackedRun) -> dict[str, Any]:
    error = RunError.from_exception(run.error) if run.error else run.state.error if run.state else None
    return {
        "video_id": run.video_id,
        "status": run.state.status if run.state else "failed",
        "error": error.model_dump(mode="json") if error else None,
        "run": run.state.model_dump(mode="json") if run.state else None,
    }
