"""Scheduled verification: compares every video with the bucket, a few at a time.

Results are in `videos.verified_at` and `videos.verification_error`. A round is over when every video was
verified after its start, so an interrupted round simply continues.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.core.clock import utc_now
from app.core.config import Settings
from app.core.exceptions import StorageError
from app.database.exclusive import try_exclusive_for_long
from app.database.models import VerificationRound, Video
from app.database.session import transaction
from app.models.verification import (
    VerificationProblem,
    VerificationRoundRead,
    VerificationState,
    VerificationStatus,
)
from app.repositories import verification_repository
from app.repositories.consistency_repository import CheckedRow
from app.services.consistency.bucket import compare_original
from app.services.library.location import MISSING_OBJECT
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.object_names import parse_cloud_url, playback_path
from app.services.storage.timeouts import with_request_timeout

TICK_SECONDS = 10.0
"""Interval of the portions; a round over 10,000 videos takes half an hour."""
PORTION = 50
"""Videos per portion; each needs one or two short requests."""
SHOWN_PROBLEMS = 100
SEPARATOR = ": "


class Verification:
    """The rounds: started by the schedule or a request, processed by a worker at a time."""

    def __init__(self, settings: Settings, uploader: GCSUploader) -> None:
        self._settings = settings
        self._uploader = uploader

    async def start(self) -> VerificationStatus:
        """Start a round now, unless one is active.

        Raises:
            DatabaseError: nothing was started.
        """
        async with transaction() as session:
            await verification_repository.start(session, "request")
        return await self.status()

    async def status(self) -> VerificationStatus:
        """Return the state, the last round and the problems.

        Raises:
            DatabaseError: the table could not be read.
        """
        async with transaction() as session:
            latest = await verification_repository.get_latest(session)
            total, verified, problem_count = await verification_repository.count(session)
            problems = await verification_repository.list_problems(session, SHOWN_PROBLEMS)
        return VerificationStatus(
            state=self._state(latest),
            every_days=self._settings.verify_every_days,
            next_at=self._next_at(latest),
            round=None if latest is None else VerificationRoundRead.model_validate(latest),
            total=total,
            verified=verified,
            problem_count=problem_count,
            problems=[_problem(video) for video in problems],
        )

    async def tick(self) -> int:
        """Verify the next portion, if a round is active or due; return the number of videos.

        Raises:
            DatabaseError: the table could not be used.
        """
        current = await self._current_round()
        if current is None:
            return 0
        async with try_exclusive_for_long("verification") as is_held:
            return await self._verify_portion(current) if is_held else 0

    async def _current_round(self) -> VerificationRound | None:
        """Return the active round; start one if it is due."""
        async with transaction() as session:
            latest = await verification_repository.get_latest(session)
            if latest is not None and latest.finished_at is None:
                return latest
            due = self._next_at(latest)
            if due is None or due > utc_now():
                return None
            return await verification_repository.start(session, "schedule")

    async def _verify_portion(self, current: VerificationRound) -> int:
        async with transaction() as session:
            videos = await verification_repository.list_due(session, current.started_at, PORTION)
        if not videos:
            async with transaction() as session:
                await verification_repository.finish(session, current.id)
            return 0
        at = utc_now()
        try:
            results = await self._verify_all(videos)
        except StorageError as error:
            async with transaction() as session:
                await verification_repository.save_error(session, current.id, error.cause)
            return 0
        async with transaction() as session:
            await verification_repository.save_results(session, current.id, at, results)
        return len(results)

    async def _verify_all(self, videos: Sequence[Video]) -> list[tuple[Video, str | None]]:
        limit = asyncio.Semaphore(2)  # leaves the uploader's other threads for short requests to runs

        async def verify(video: Video) -> tuple[Video, str | None]:
            async with limit:
                return video, await find_problem(video, self._settings, self._uploader)

        return list(await asyncio.gather(*map(verify, videos)))

    def _next_at(self, latest: VerificationRound | None) -> datetime | None:
        days = self._settings.verify_every_days
        if not days or (latest is not None and latest.finished_at is None):
            return None
        return utc_now() if latest is None else latest.started_at + timedelta(days=days)

    def _state(self, latest: VerificationRound | None) -> VerificationState:
        if latest is not None and latest.finished_at is None:
            return "waiting" if latest.error else "running"
        return "idle" if self._settings.verify_every_days else "off"


async def find_problem(video: Video, settings: Settings, uploader: GCSUploader) -> str | None:
    """Compare a row with its object, and look for its playback copy; return the problem as `kind: cause`.

    Raises:
        StorageError: the bucket could not be read.
    """
    bucket, name = parse_cloud_url(video.cloud_url)
    if bucket != settings.gcs_bucket_name:
        return f"other-bucket{SEPARATOR}{video.cloud_url} is not in {settings.gcs_bucket_name}"
    stored = await with_request_timeout(uploader.describe_object(name))
    if stored is None:
        return f"{MISSING_OBJECT}{SEPARATOR}{video.cloud_url} does not exist"
    row = CheckedRow(
        video.id,
        video.identifier,
        video.cloud_url,
        video.size_bytes,
        video.md5,
        video.relative_path,
        video.playback_state,
        video.created_at,
    )
    if (difference := compare_original(row, stored.size, stored.md5)) is not None:
        return f"{difference.kind.value}{SEPARATOR}{difference.cause}"
    if video.playback_state == "ready":
        copy = playback_path(settings, video.identifier)
        if await with_request_timeout(uploader.describe_object(copy)) is None:
            return f"missing-playback-copy{SEPARATOR}{uploader.cloud_url(copy)} does not exist"
    return None


def _problem(video: Video) -> VerificationProblem:
    kind, _, detail = (video.verification_error or "").partition(SEPARATOR)
    return VerificationProblem(
        id=video.identifier,
        title=video.title,
        kind=kind,
        detail=detail,
        verified_at=video.verified_at,
    )
