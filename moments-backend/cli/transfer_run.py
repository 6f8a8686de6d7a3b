"""Execution of `videomoments offload` and `videomoments fetch`."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.core.clock import utc_now
from app.core.config import Settings
from app.core.exceptions import ExitCode, VideoMomentsError
from app.core.terminal_text import escape_control_characters
from app.database.session import transaction
from app.models.storage import TransferResult
from app.repositories import offload_repository
from app.services.library.offload import fetch_video, find_offloadable, offload_video
from app.services.storage.gcs_uploader import GCSUploader
from cli.audit_record import open_database, record_change
from cli.errors import describe
from cli.output import force_utf8_streams, print_json, print_stderr, print_stdout
from cli.status_line import StatusLine

MEGABYTE = 1e6


@dataclass(slots=True)
class _TransferCommand(ABC):
    """Handles one video after the other, and continues after one that fails."""

    videos: Sequence[str]
    as_json: bool
    _results: list[TransferResult] = field(default_factory=list)
    _failures: list[dict[str, Any]] = field(default_factory=list)

    def execute(self) -> ExitCode:
        """Run the command and return its exit code.

        Raises:
            StorageError, DatabaseError: bucket or table cannot be used.
        """
        force_utf8_streams()
        return asyncio.run(self._run())

    async def _run(self) -> ExitCode:
        async with open_database() as settings:
            uploader = GCSUploader(settings)
            try:
                await uploader.check_access()
                with StatusLine() as line:
                    for video in await self.list_videos():
                        await self._handle(video, settings, uploader, line)
            finally:
                await uploader.close()
        freed = sum(result.freed_bytes for result in self._results)
        if self.as_json:
            videos = [result.model_dump() for result in self._results]
            print_json({"videos": videos, "failed": self._failures, "freed_bytes": freed})
        else:
            print_stdout(self.summary(self._results, freed))
        return ExitCode.SOME_FAILED if self._failures else ExitCode.OK

    async def _handle(self, video: str, settings: Settings, uploader: GCSUploader, line: StatusLine) -> None:
        name = escape_control_characters(video)
        line.show(name)
        try:
            result = await self.transfer(video, settings, uploader, line)
        except VideoMomentsError as error:
            if error.exit_code is ExitCode.CONFIGURATION:  # every other video would fail, too
                raise
            self._failures.append({"id": video, "error": error.cause, "remedy": error.remedy})
            print_stderr(f"{name}: {describe(error)}")
            return
        if result is None:
            return
        self._results.append(result)
        if result.changed and not self.as_json:
            print_stdout(f"{name}: {self.verb} {result.path}, {result.size_bytes / MEGABYTE:.1f} MB\n")

    @property
    @abstractmethod
    def verb(self) -> str:
        """Past participle for the output."""

    async def list_videos(self) -> Sequence[str]:
        return self.videos

    @abstractmethod
    async def transfer(
        self, video: str, settings: Settings, uploader: GCSUploader, line: StatusLine
    ) -> TransferResult | None:
        """Handle one video; return None if it does not count."""

    @abstractmethod
    def summary(self, results: Sequence[TransferResult], freed: int) -> str:
        """Return the last line of the output."""


@dataclass(slots=True)
class OffloadCommand(_TransferCommand):
    """Attributes: `min_age` is in days."""

    min_age: float = 0.0
    dry_run: bool = False

    @property
    def verb(self) -> str:
        return "would remove" if self.dry_run else "removed"

    async def list_videos(self) -> Sequence[str]:
        if self.videos and not self.min_age:
            return self.videos
        async with transaction() as session:
            old = await offload_repository.list_candidates(
                session, added_before=utc_now() - timedelta(days=self.min_age)
            )
        return [video for video in self.videos if video in set(old)] if self.videos else old

    async def transfer(
        self, video: str, settings: Settings, uploader: GCSUploader, line: StatusLine
    ) -> TransferResult | None:
        found = await find_offloadable(video, settings=settings, uploader=uploader)
        if found.path is None and not self.videos:
            return None
        if self.dry_run:
            size = found.video.size_bytes or 0
            is_local = found.path is not None
            return TransferResult(
                id=video,
                location="both" if is_local else "bucket",
                path=found.path,
                size_bytes=size,
                freed_bytes=size if is_local else 0,
                changed=is_local,
            )
        line.show(f"comparing {found.path}")
        result = await offload_video(video, settings=settings, uploader=uploader)
        if result.changed:
            await record_change(
                settings, "video.offload", "video", video, path=result.path, freed_bytes=result.freed_bytes
            )
        return result

    def summary(self, results: Sequence[TransferResult], freed: int) -> str:
        count = sum(result.changed for result in results)
        verb = "would be freed" if self.dry_run else "freed"
        return f"{count:,} local originals, {freed / MEGABYTE:.1f} MB {verb}\n"


@dataclass(slots=True)
class FetchCommand(_TransferCommand):
    @property
    def verb(self) -> str:
        return "fetched"

    async def transfer(
        self, video: str, settings: Settings, uploader: GCSUploader, line: StatusLine
    ) -> TransferResult:
        def show(received: int, total: int) -> None:
            line.show(f"{video}: {received / MEGABYTE:.1f} of {total / MEGABYTE:.1f} MB")

        result = await fetch_video(video, settings=settings, uploader=uploader, on_progress=show)
        if result.changed:
            await record_change(settings, "video.fetch", "video", video, path=result.path)
        return result

    def summary(self, results: Sequence[TransferResult], freed: int) -> str:
        del freed
        count = sum(result.changed for result in results)
        return f"{count:,} of {len(results):,} files fetched\n"
