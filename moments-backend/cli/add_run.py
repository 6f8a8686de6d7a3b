"""One call of `videomoments add`, from its sources to its exit code."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

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
from app.models.pipeline import GenerateMomentsRequest, RunOptions
from app.services.library.local_import import import_file
from app.services.library.registration import RegistrationObserver, register_video
from app.services.pipeline.run_mapper import to_error
from cli import output
from cli.errors import describe
from cli.pipeline import Pipeline, open_pipeline
from cli.run_follower import (
    NO_WORKER,
    clips_of,
    following,
    print_error,
    print_remaining_runs,
    run_until_interrupted,
)
from cli.runs.progress import RunDisplay, TrackedRun, make_view


def run(sources: list[str], options: RunOptions, *, detach: bool, as_json: bool) -> int:
    """The exit code."""
    output.force_utf8_streams()
    followed = [TrackedRun(source) for source in sources]
    adding = AddCommand(followed, options, detach=detach, as_json=as_json)
    return asyncio.run(run_until_interrupted(adding(), lambda: print_remaining_runs(followed)))


class _Uploading(RegistrationObserver):
    def __init__(self, show: Callable[[int, int], None]) -> None:
        self._show = show

    def uploading(self, bytes_sent: int, total_bytes: int) -> None:
        self._show(bytes_sent, total_bytes)


class AddCommand:
    def __init__(
        self, followed: list[TrackedRun], options: RunOptions, *, detach: bool, as_json: bool
    ) -> None:
        self._followed = followed
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
            view, ticker = make_view(self._followed, as_json=self._as_json)
            async with ticker:
                await self._start_and_follow(pipeline, view)
            if self._detach and not workers and any(one.video_id for one in self._followed):
                output.print_stderr(NO_WORKER)
            if self._as_json:
                document = {"runs": [await self._document(pipeline, one) for one in self._followed]}
                output.print_stdout(f"{json.dumps(document, indent=2, ensure_ascii=False)}\n")
        return self._exit_code()

    async def _start_and_follow(self, pipeline: Pipeline, view: RunDisplay) -> None:
        async with following(pipeline, view) as begin:
            for one in self._followed:  # one copy at a time is what a disk does best
                await self._start(pipeline, one, view)
                if one.error is not None:
                    print_error(view, one)
                elif self._detach:
                    view.put(f"{one.name}: in the queue; see: videomoments status {one.name} --follow")
                else:
                    begin(one)

    async def _start(self, pipeline: Pipeline, one: TrackedRun, view: RunDisplay) -> None:
        """Bring it where the pipeline finds it, and put its run into the queue."""
        try:
            accepted = await pipeline.submission.submit(await self._request(pipeline, one))
        except RunInProgressError as error:
            one.video_id = error.video_id
            view.say(f"{one.name}: a run is in progress already; this is about that one")
        except VideoMomentsError as error:
            one.error = error
        else:
            one.video_id = accepted.video_id

    async def _request(self, pipeline: Pipeline, one: TrackedRun) -> GenerateMomentsRequest:
        options = self._options.model_dump()
        if "://" in one.source:
            normalise_source_url(one.source)  # its refusal has a remedy
            try:
                return GenerateMomentsRequest(**options, video_url=one.source)
            except ValidationError as error:
                raise InvalidRequestError(f"the link cannot be used: {error.errors()[0]['msg']}") from error
        options["force_download"] = False
        file = Path(one.source)
        if await _is_id(pipeline, one.source):
            return GenerateMomentsRequest(**options, video_id=one.source)

        def show(done: int, total: int) -> None:
            one.bytes_copied, one.bytes_total = done, total

        try:
            copy = await import_file(
                file, settings=pipeline.settings, uploader=pipeline.uploader, on_progress=show
            )
        except LocalFileNotFoundError as error:
            error.remedy = error.remedy or (
                "a source is a file, a link that begins with https://, http:// or gs://, or the id of a video"
            )
            raise
        if not await pipeline.has_video(copy.stem):
            # From here on a worker on any machine finds it.
            await register_video(
                copy,
                identifier=copy.stem,
                uploader=pipeline.uploader,
                settings=pipeline.settings,
                observer=_Uploading(show),
            )
        return GenerateMomentsRequest(**options, video_id=copy.stem)

    async def _document(self, pipeline: Pipeline, one: TrackedRun) -> dict[str, Any]:
        state, clips, moments = one.state, [], None
        if one.is_completed and one.video_id is not None:
            with suppress(VideoMomentsError):  # it was said on the way, and is no reason to say nothing
                clips = await clips_of(pipeline, one.video_id)
                moments = await pipeline.moments.load_local_first(one.video_id)
        error = to_error(one.error) if one.error else state.error if state else None
        return {
            "source": escape_undecodable(one.source),
            "video_id": one.video_id,
            "status": state.status if state else "queued" if one.video_id else "failed",
            "error": error.model_dump(mode="json") if error else None,
            "run": state.model_dump(mode="json") if state else None,
            "moments": [moment.model_dump(mode="json") for moment in moments or ()],
            "clips": [clip.model_dump(mode="json") | {"place": place} for clip, place in clips],
        }

    def _exit_code(self) -> int:
        errors = [one.error for one in self._followed if one.error is not None]
        if len(errors) == len(self._followed) and all(isinstance(error, DatabaseError) for error in errors):
            return ExitCode.CONFIGURATION
        if self._detach:
            return ExitCode.SOME_FAILED if errors else ExitCode.OK
        is_complete = all(one.is_completed for one in self._followed)
        return ExitCode.OK if is_complete else ExitCode.SOME_FAILED


async def _is_id(pipeline: Pipeline, source: str) -> bool:
    """Whether it names no file here, but a video of the library."""
    if "/" in source or escape_undecodable(source) != source or await asyncio.to_thread(Path(source).exists):
        return False
    return await pipeline.has_video(source)
