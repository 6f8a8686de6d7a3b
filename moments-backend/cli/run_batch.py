"""Execution of commands that start the same kind of run for many videos."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from app.core.config import get_settings
from app.core.exceptions import DatabaseError, ExitCode, VideoMomentsError
from app.models.pipeline import RunError, RunKind, RunState
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
from cli.run_kind import kind_option
from cli.runs.progress import RunDisplay, make_display
from cli.runs.tracked_run import TrackedRun

MAX_AT_ONCE = 10
"""Runs that are queued and followed at the same time."""


class RunBatch(ABC):
    """Starts a run for each video, and follows them all."""

    kind: ClassVar[RunKind]
    action: ClassVar[str]
    """Action in the audit log."""
    nothing_to_do: ClassVar[str]
    """Printed if no video needs a run."""

    def __init__(self, videos: Sequence[str], *, detach: bool, as_json: bool) -> None:
        self._runs: list[TrackedRun] = []
        self._videos = videos
        self._detach = detach
        self._as_json = as_json
        self._slots = asyncio.Semaphore(MAX_AT_ONCE)

    @abstractmethod
    async def list_wanted(self, pipeline: Pipeline) -> Sequence[str]:
        """Return the ids of all videos that need a run."""

    @abstractmethod
    async def start(self, pipeline: Pipeline, video: str) -> RunState:
        """Queue the run of a video, and return its state.

        Raises:
            VideoMomentsError: it cannot be queued.
        """

    def run(self) -> int:
        """Process the given videos, or all that need a run if none are given; return the exit code."""
        output.force_utf8_streams()
        return asyncio.run(run_until_interrupted(self._run(), lambda: print_remaining_runs(self._runs)))

    async def _run(self) -> int:
        async with open_pipeline(get_settings()) as pipeline:
            try:
                workers = await pipeline.count_workers()
                videos = self._videos or await self.list_wanted(pipeline)
            except DatabaseError as error:
                output.print_stderr(describe(error))
                return ExitCode.CONFIGURATION
            display, refresh_loop = make_display(self._runs, as_json=self._as_json)
            async with refresh_loop, following(pipeline, display):
                await asyncio.gather(*(self._process(pipeline, display, video) for video in videos))
            if not videos:
                output.print_stderr(self.nothing_to_do)
            if self._detach and not workers and any(run.state for run in self._runs):
                output.print_stderr(NO_WORKER)
            if self._as_json:
                output.print_json({"runs": [_document(run) for run in self._runs]})
        return ExitCode.OK if all(map(self._is_done, self._runs)) else ExitCode.SOME_FAILED

    async def _process(self, pipeline: Pipeline, display: RunDisplay, video: str) -> None:
        async with self._slots:
            run = TrackedRun(video, video, kind=self.kind)
            self._runs.append(run)
            try:
                run.state = await self.start(pipeline, video)
            except VideoMomentsError as error:
                run.error = error
                print_error(display, run)
                return
            await pipeline.record(self.action, video, run=run.state.request_id)
            if self._detach:
                display.print_stdout(
                    f"{run.name}: queued; see: videomoments status {run.name}{kind_option(run.kind)} --follow"
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
