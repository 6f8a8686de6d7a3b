"""Execution of `videomoments export`."""

import asyncio
from pathlib import Path
from typing import Any

from app.core.concurrency import run_in_thread
from app.core.config import get_settings
from app.core.exceptions import (
    CaptionsUnavailableError,
    DatabaseError,
    ExitCode,
    ExportNotFoundError,
    VideoMomentsError,
)
from app.core.files.atomic import mapped_write_errors
from app.core.terminal_text import escape_control_characters
from app.models.export import ExportCreate, ExportRead
from cli import output
from cli.errors import describe
from cli.export_display import make_export_display
from cli.pipeline import Pipeline, open_pipeline
from cli.run_follower import NO_WORKER, run_until_interrupted

POLL_SECONDS = 0.5
CONTINUES = "The exports continue; the same command saves their files later."


class ExportCommand:
    """Requests exports, waits for them, and saves their files as they become ready."""

    def __init__(self, video: str, wanted: ExportCreate, *, out: Path, detach: bool, as_json: bool) -> None:
        self._video = video
        self._wanted = wanted
        self._out = out
        self._detach = detach
        self._as_json = as_json
        self._exports: dict[str, ExportRead] = {}
        self._files: dict[str, list[Path]] = {}
        self._errors: dict[str, VideoMomentsError] = {}

    def run(self) -> int:
        """Return the exit code."""
        output.force_utf8_streams()
        return asyncio.run(run_until_interrupted(self._run(), self._on_interrupt))

    async def _run(self) -> int:
        if not self._detach:
            await run_in_thread(self._create_folder)
        async with open_pipeline(get_settings()) as pipeline:
            try:
                workers = await pipeline.count_workers()
            except DatabaseError as error:
                output.print_stderr(describe(error))
                return ExitCode.CONFIGURATION
            await self._request(pipeline)
            if not workers:
                output.print_stderr(NO_WORKER)
            if not self._detach:
                await self._wait(pipeline)
            self._print_result()
        is_done = not self._errors and (
            self._detach or all(export.state == "completed" for export in self._exports.values())
        )
        return ExitCode.OK if is_done else ExitCode.SOME_FAILED

    async def _request(self, pipeline: Pipeline) -> None:
        try:
            created = await pipeline.exports.request(self._video, self._wanted)
        except CaptionsUnavailableError as error:
            error.remedy = (
                f"transcribe it first: videomoments transcribe {self._video}; or use --captions none"
            )
            raise
        self._exports = {export.id: export for export in created}
        await pipeline.record_export("export.create", self._video, exports=len(created))

    async def _wait(self, pipeline: Pipeline) -> None:
        """Save the file of each export that ends, until all have ended."""
        display = make_export_display(self._exports, as_json=self._as_json)
        pending = set(self._exports)
        async with display.refreshing():
            while True:
                for export_id in sorted(pending, key=list(self._exports).index):
                    if not _is_active(self._exports[export_id]):
                        pending.discard(export_id)
                        await self._save(pipeline, export_id)
                        display.print_ended(self._exports[export_id], self._files.get(export_id, ()))
                if not pending:
                    return
                await asyncio.sleep(POLL_SECONDS)
                await self._refresh(pipeline, pending)

    async def _refresh(self, pipeline: Pipeline, pending: set[str]) -> None:
        """Read the states of the pending exports; a database outage is waited out."""
        for export_id in list(pending):
            try:
                self._exports[export_id] = await pipeline.exports.get(export_id)
            except ExportNotFoundError as error:
                self._fail(export_id, error)
                pending.discard(export_id)
            except DatabaseError:
                return

    async def _save(self, pipeline: Pipeline, export_id: str) -> None:
        if self._exports[export_id].state != "completed":
            return
        try:
            self._files[export_id] = await pipeline.export_files.save(export_id, self._out)
        except VideoMomentsError as error:
            self._fail(export_id, error)

    def _fail(self, export_id: str, error: VideoMomentsError) -> None:
        self._errors[export_id] = error
        output.print_stderr(f"{_name(self._exports[export_id])}: {describe(error)}")

    def _create_folder(self) -> None:
        with mapped_write_errors(self._out):
            self._out.mkdir(parents=True, exist_ok=True)

    def _print_result(self) -> None:
        for export in self._exports.values():
            if export.error is not None and export.state == "failed":
                output.print_stderr(f"Error: {_name(export)}: {export.error.detail}")
                if export.error.remedy:
                    output.print_stderr(f"  {export.error.remedy}")
        if self._as_json:
            output.print_json({"exports": [self._document(export) for export in self._exports.values()]})
        elif self._detach:
            lines = [f"{_name(export)}: {export.state}\n" for export in self._exports.values()]
            output.print_stdout("".join(lines))

    def _document(self, export: ExportRead) -> dict[str, Any]:
        files = [str(file) for file in self._files.get(export.id, ())]
        error = self._errors.get(export.id)
        document = export.model_dump(mode="json") | {"files": files}
        if error is not None:
            document["error"] = {"type": error.type, "detail": error.cause, "remedy": error.remedy}
        return document

    def _on_interrupt(self) -> None:
        if any(map(_is_active, self._exports.values())):
            output.print_stderr(CONTINUES)


def _is_active(export: ExportRead) -> bool:
    return export.state in {"queued", "processing"}


def _name(export: ExportRead) -> str:
    return escape_control_characters(export.filename)
