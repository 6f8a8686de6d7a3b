"""Creation, change and listing of subscriptions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utc_now
from app.core.config import Settings
from app.core.exceptions import (
    SubscriptionExistsError,
    SubscriptionNotFoundError,
    TooManySubscriptionsError,
)
from app.database.models import Subscription
from app.database.session import transaction
from app.models.subscription import (
    CheckResult,
    SubscriptionCreate,
    SubscriptionItemRecord,
    SubscriptionRecord,
    SubscriptionUpdate,
)
from app.models.watch_folder import WatchProblem
from app.repositories import subscription_repository as subscriptions
from app.services.subscriptions.checker import SubscriptionChecker

MAX_SUBSCRIPTIONS = 500


class SubscriptionService:
    def __init__(self, settings: Settings, checker: SubscriptionChecker) -> None:
        self._settings = settings
        self._checker = checker

    async def list_all(self) -> list[SubscriptionRecord]:
        """Return all subscriptions, oldest first."""
        async with transaction() as session:
            rows = await subscriptions.list_all(session)
            counts = await subscriptions.count_items(session)
        return [_record(row, counts.get(row.id, {})) for row in rows]

    async def create(self, wanted: SubscriptionCreate) -> SubscriptionRecord:
        """Create a subscription; a worker checks it within half a minute.

        Raises:
            SubscriptionExistsError, TooManySubscriptionsError, DatabaseError: as named.
        """
        async with transaction() as session:
            count = await subscriptions.lock_and_count(session)
            existing = await subscriptions.get_by_url(session, wanted.url)
            if existing is not None:
                raise SubscriptionExistsError(wanted.url, existing.id)
            if count >= MAX_SUBSCRIPTIONS:
                raise TooManySubscriptionsError(MAX_SUBSCRIPTIONS)
            row = self._row(wanted)
            session.add(row)
            await session.flush()
        return _record(row, {})

    async def preview(self, wanted: SubscriptionCreate) -> CheckResult:
        """Return what the first check of a subscription would do; nothing is stored.

        Raises:
            TooManyPreviewsError: see `SubscriptionChecker.preview`.
            DownloadError, InvalidFeedError, DatabaseError: the list or the table cannot be read.
        """
        return await self._checker.preview(self._row(wanted))

    async def change(self, subscription_id: str, changes: SubscriptionUpdate) -> SubscriptionRecord:
        """Change limits, interval, options, or pause and resume.

        Raises:
            SubscriptionNotFoundError, DatabaseError: as named.
        """
        fields = changes.changes()
        async with transaction() as session:
            row = await _locked(session, subscription_id)
            options = {name: fields.pop(name) for name in ("tags", "moments") if name in fields}
            row.options = row.options | options
            for name, value in fields.items():
                setattr(row, name, value)
            await session.flush()
            counts = await subscriptions.count_items(session)
        return _record(row, counts.get(row.id, {}))

    async def delete(self, subscription_id: str) -> str:
        """Delete a subscription and its memory of videos; the videos stay. Return its address.

        Raises:
            SubscriptionNotFoundError, DatabaseError: as named.
        """
        async with transaction() as session:
            row = await _locked(session, subscription_id)
            await subscriptions.delete_subscription(session, subscription_id)
        return row.url

    async def list_items(
        self,
        subscription_id: str,
        *,
        limit: int,
        after: tuple[datetime, str] | None = None,
        state: str | None = None,
    ) -> Sequence[SubscriptionItemRecord]:
        """Return the videos that checks found, latest first.

        Raises:
            SubscriptionNotFoundError, DatabaseError: as named.
        """
        async with transaction() as session:
            if await subscriptions.get(session, subscription_id) is None:
                raise SubscriptionNotFoundError(subscription_id)
            rows = await subscriptions.list_items(
                session, subscription_id, limit=limit, after=after, state=state
            )
        return [SubscriptionItemRecord.model_validate(row) for row in rows]

    def _row(self, wanted: SubscriptionCreate) -> Subscription:
        return Subscription(
            id=uuid4().hex,
            url=wanted.url,
            is_paused=wanted.is_paused,
            interval_minutes=wanted.interval_minutes,
            max_items=wanted.max_items or self._settings.subscription_max_items,
            max_age_days=wanted.max_age_days,
            max_duration_seconds=wanted.max_duration_seconds,
            options={"tags": wanted.tags, "moments": wanted.moments},
            failures=0,
            validators={},
            created_at=utc_now(),
        )


async def _locked(session: AsyncSession, subscription_id: str) -> Subscription:
    row = await subscriptions.get(session, subscription_id, lock=True)
    if row is None:
        raise SubscriptionNotFoundError(subscription_id)
    return row


def _record(row: Subscription, counts: dict[str, int]) -> SubscriptionRecord:
    return SubscriptionRecord(
        id=row.id,
        url=row.url,
        title=row.title,
        is_paused=row.is_paused,
        interval_minutes=row.interval_minutes,
        max_items=row.max_items,
        max_age_days=row.max_age_days,
        max_duration_seconds=row.max_duration_seconds,
        tags=row.options.get("tags", []),
        moments=row.options.get("moments", True),
        last_checked_at=row.last_checked_at,
        next_check_at=row.next_check_at,
        error=WatchProblem.of(row.error),
        failures=row.failures,
        created_at=row.created_at,
        added=counts.get("added", 0),
        queued=counts.get("queued", 0),
        failed=counts.get("failed", 0),
    )
