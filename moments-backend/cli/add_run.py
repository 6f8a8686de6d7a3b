"""Execution of `videomoments add`, from its sources to its exit code."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.core.concurrency import run_in_thread
from app.core.config import get_settings
from app.core.exceptions import (
    DatabaseError,
    ExitCode,
    InvalidRequestError,
    LocalFileNotFoundError,
    RunInProgressError,
    VideoMomentsError,
)
from app.core.terminal_text import escape_undecodable
from app.core.urls.normalization import normalise_source_url
from app.models.pipeline import GenerateMomentsRequest, RunError, RunOptions
from app.services.library.local_import import import_file
from app.services.library.registration import RegistrationObserver, register_video
from app.services.transcripts.sidecars import copy_sidecars
from cli import output
from cli.errors import describe
from cli.pipeline import Pipeline, open_pipeline
from cli.run_follower import (
    NO_WORKER,
    following,
    list_clips,
    print_error,
    print_remaining_runs,
    run_until_interrupted,
)
from cli.runs.progress import RunDisplay, make_display
from cli.runs.tracked_run import TrackedRun


def run(sources: list[str], options: RunOptions, *, detach: bool, as_json: bool) -> int:
    output.force_utf8_streams()
    runs = [TrackedRun(source) for source in sources]
    command = AddCommand(runs, options, detach=detach, as_json=as_json)
    return asyncio.run(run_until_interrupted(command(), lambda: print_remaining_runs(runs)))


class _UploadProgress(RegistrationObserver):
    def __init__(self, on_progress: Callable[[int, int], None]) -> None:
        self._on_progress = on_progress

    def uploading(self, bytes_sent: int, total_bytes: int) -> None:
        self._on_progress(bytes_sent, total_bytes)


class AddCommand:
    def __init__(self, runs: list[TrackedRun], options: RunOptions, *, detach: bool, as_json: bool) -> None:
        self._runs = runs
        self._options = options
        self._detach = detach
        self._as_json = as_json

    async def __call__(self) -> int:
        async with open_pipeline(get_settings()) as pipeline:
            try:
                workers = await pipeline.count_workers()
            except DatabaseError as error:
                output.print_stderr(describe(error))
                return ExitCode.CONFIGURATION
            display, refresh_loop = make_display(self._runs, as_json=self._as_json)
            async with refresh_loop:
                await self._start_and_follow(pipeline, display)
            if self._detach and not workers and any(run.video_id for run in self._runs):
                output.print_stderr(NO_WORKER)
            if self._as_json:
                output.print_json({"runs": [await self._document(pipeline, run) for run in self._runs]})
        return self._exit_code()

    async def _start_and_follow(self, pipeline: Pipeline, display: RunDisplay) -> None:
        async with following(pipeline, display) as follow:
            for run in self._runs:  # copies to one disk are fastest one by one
                await self._start(pipeline, run, display)
                if run.error is not None:
                    print_error(display, run)
                elif self._detach:
                    display.print_stdout(f"{run.name}: queued; see: videomoments status {run.name} --follow")
                else:
                    follow(run)

    async def _start(self, pipeline: Pipeline, run: TrackedRun, display: RunDisplay) -> None:
        """Import the source and queue its run."""
        try:
            created = await pipeline.run_service.submit(await self._request(pipeline, run, display))
        except RunInProgressError as error:
            run.video_id = error.video_id
            following_it = "" if self._detach else "; following it"
            display.print_stderr(f"{run.name}: a run is already in progress{following_it}")
        except VideoMomentsError as error:
            run.error = error
        else:
            run.video_id = created.video_id
            await pipeline.record("run.start", created.video_id, run=created.request_id)

    async def _request(
        self, pipeline: Pipeline, run: TrackedRun, display: RunDisplay
    ) -> GenerateMomentsRequest:
        options = self._options.model_dump()
        if "://" in run.source:
            normalise_source_url(run.source)  # raises an error with a remedy
            try:
                return GenerateMomentsRequest(**options, video_url=run.source)
            except ValidationError as error:
                raise InvalidRequestError(f"invalid link: {error.errors()[0]['msg']}") from error
        options["force_download"] = False
        if await _is_video_id(pipeline, run.source):
            return GenerateMomentsRequest(**options, video_id=run.source)

        video_id = await self._import(pipeline, run, display)
        return GenerateMomentsRequest(**options, video_id=video_id)

    async def _import(self, pipeline: Pipeline, run: TrackedRun, display: RunDisplay) -> str:
        """Copy and register the file; return the id of its video."""

        def on_progress(done: int, total: int) -> None:
            run.bytes_copied, run.bytes_total = done, total

        try:
            imported = await import_file(
                Path(run.source),
                settings=pipeline.settings,
                uploader=pipeline.uploader,
                on_progress=on_progress,
            )
        except LocalFileNotFoundError as error:
            error.remedy = (
                "a source is a file, a link that starts with https://, http:// or gs://, or the id of a video"
            )
            raise
        video_id = imported.identifier
        if imported.is_restored:
            display.print_stderr(f"{run.name}: {video_id!r} was in the trash and has been restored")
        if imported.path is None:
            display.print_stderr(f"{run.name}: already in the library as {video_id!r} (same size and MD5)")
            return video_id
        await run_in_thread(copy_sidecars, Path(run.source), imported.path)
        if not await pipeline.has_video(video_id):
            if imported.is_renamed:
                display.print_stderr(f"{run.name}: another video has this name; added as {video_id!r}")
            # Registered here, so that workers on other machines find the file in the bucket.
            await register_video(
                imported.path,
                identifier=video_id,
                uploader=pipeline.uploader,
                settings=pipeline.settings,
                observer=_UploadProgress(on_progress),
            )
        return video_id

    async def _document(self, pipeline: Pipeline, run: TrackedRun) -> dict[str, Any]:
        state, clips, moments = run.state, [], None
        if run.is_completed and run.video_id is not None:
            with suppress(VideoMomentsError):  # already printed by the follower
                clips = await list_clips(pipeline, run.video_id)
                moments = await pipeline.moments.load_local_first(run.video_id)
        error = RunError.from_exception(run.error) if run.error else state.error if state else None
        return {
            "source": escape_undecodable(run.source),
            "video_id": run.video_id,
            "status": state.status if state else "queued" if run.video_id else "failed",
            "error": error.model_dump(mode="json") if error else None,
            "run": state.model_dump(mode="json") if state else None,
            "moments": [moment.model_dump(mode="json") for moment in moments or ()],
            "clips": [clip.model_dump(mode="json") | {"place": location} for clip, location in clips],
        }

    def _exit_code(self) -> int:
        errors = [run.error for run in self._runs if run.error is not None]
        if len(errors) == len(self._runs) and all(isinstance(error, DatabaseError) for error in errors):
            return ExitCode.CONFIGURATION
        if self._detach:
            return ExitCode.SOME_FAILED if errors else ExitCode.OK
        is_complete = all(run.is_completed for run in self._runs)
        return ExitCode.OK if is_complete else ExitCode.SOME_FAILED


async def _is_video_id(pipeline: Pipeline, source: str) -> bool:
    """Return whether `source` is a video of the library and no file."""
    if "/" in source or escape_undecodable(source) != source or await run_in_thread(Path(source).exists):
        return False
    return await pipeline.has_video(source)
