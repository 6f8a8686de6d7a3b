"""Checks subscriptions: reads the list, selects new videos and queues their downloads."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Protocol

from app.core.clock import utc_now
from app.core.config import Settings
from app.core.exceptions import (
    ConflictError,
    DatabaseError,
    InternalError,
    InvalidFeedError,
    LimitReachedError,
    RunInProgressError,
    SubscriptionNotFoundError,
    TooManyPreviewsError,
    VideoMomentsError,
)
from app.database.exclusive import try_exclusive_for_long
from app.database.models import Subscription
from app.database.session import transaction
from app.models.pipeline import GenerateMomentsRequest
from app.models.subscription import CheckedItem, CheckResult
from app.models.tags import merge_tags
from app.models.text import clean_line
from app.repositories import subscription_repository as subscriptions, video_db_repository
from app.repositories.subscription_repository import NewItem
from app.services.downloads.listing import Listing, list_site
from app.services.downloads.ssrf_guard import SsrfGuard
from app.services.subscriptions.feeds import fetch_feed, parse_feed
from app.services.subscriptions.selection import MAX_TITLE, Choice, Limits, addresses, select
from app.services.webhooks import events

logger = logging.getLogger(__name__)

POLL_SECONDS = 30.0
WORK_SECONDS = 300.0
"""Time after which `check_due` returns; the rest is due at the next call."""
MAX_SHOWN = 1000
MAX_PREVIEWS = 2
"""Previews of one process at a time; each may run yt-dlp for minutes."""
MAX_BACKOFF = timedelta(days=1)

_STATES = {"add": "queued", "skip": "skipped", "fail": "failed"}
"""States of items by action."""
_ORDER = {"add": 0, "fail": 1, "later": 2, "skip": 3}


class RunCreated(Protocol):
    """The run that downloads a video."""

    request_id: str


Submit = Callable[[GenerateMomentsRequest], Awaitable[RunCreated]]
"""Queues a run; see `RunService.submit`."""


class SubscriptionChecker:
    """Checks subscriptions, each in one process at a time."""

    def __init__(self, settings: Settings, submit: Submit) -> None:
        self._settings = settings
        self._submit = submit
        self._guard = SsrfGuard(settings.video_download_allowed_networks)
        self._previews = asyncio.Semaphore(MAX_PREVIEWS)

    async def check_due(self) -> None:
        """Check what is due, and record what became of earlier downloads. For all workers."""
        await self._settle()
        until = time.monotonic() + WORK_SECONDS
        async with transaction() as session:
            due = await subscriptions.list_due(session, utc_now())
        for subscription_id in due:
            if time.monotonic() > until:
                return
            try:
                await self.check(subscription_id, only_if_due=True)
            except DatabaseError:
                raise
            except VideoMomentsError as error:  # recorded in the row
                logger.info("%s", error.cause, extra={"subscription": subscription_id})

    async def check(
        self, subscription_id: str, *, dry_run: bool = False, only_if_due: bool = False
    ) -> CheckResult:
        """Check one subscription now, also a paused one.

        Args:
            dry_run: change nothing.
            only_if_due: raise `ConflictError` if another process has checked it since.

        Raises:
            SubscriptionNotFoundError: it does not exist.
            ConflictError: another process checks it.
            TooManyPreviewsError: see `preview`; for dry runs.
            DownloadError, InvalidFeedError, InternalError: the list cannot be read; recorded as well.
            DatabaseError: PostgreSQL is unavailable.
        """
        async with try_exclusive_for_long(f"subscription {subscription_id}") as is_held:
            async with transaction() as session:
                row = await subscriptions.get(session, subscription_id)
            if row is None:
                raise SubscriptionNotFoundError(subscription_id)
            is_checked = only_if_due and row.next_check_at is not None and row.next_check_at > utc_now()
            if not is_held or is_checked:
                raise ConflictError(f"{row.url} is being checked", remedy="retry in a minute")
            if dry_run:
                return await self.preview(row)
            try:
                return await self._check(row)
            except DatabaseError:
                raise
            except VideoMomentsError as error:
                await self._failed(row, error)
                raise
            except Exception as error:  # recorded, or it would keep the others from being checked
                logger.exception("Subscription failed", extra={"subscription": row.id})
                failure = InternalError(f"unexpected error ({type(error).__name__}); see the server's log")
                await self._failed(row, failure)
                raise failure from error

    async def preview(self, row: Subscription) -> CheckResult:
        """Return what a check of the subscription would do, without changing anything.

        Raises:
            TooManyPreviewsError: `MAX_PREVIEWS` others have not ended.
            DownloadError, InvalidFeedError, DatabaseError: the list or the table cannot be read.
        """
        if self._previews.locked():
            raise TooManyPreviewsError(MAX_PREVIEWS)
        async with self._previews:
            listing, _ = await self._read(row.url, {})
            return _result(listing, await self._select(row, listing), dry_run=True)

    async def _check(self, row: Subscription) -> CheckResult:
        listing, validators = await self._read(row.url, row.validators)
        done = await self._carry_out(row, await self._select(row, listing))
        now = utc_now()
        has_more = any(choice.action == "later" for choice in done)
        fields: dict[str, Any] = {
            # An unchanged feed would not show the rest again.
            "validators": {} if has_more else validators,
            "last_checked_at": now,
            "next_check_at": now + timedelta(minutes=row.interval_minutes),
            "failures": 0,
            "error": None,
        }
        if listing is not None and listing.title:
            fields["title"] = clean_line(listing.title, MAX_TITLE)
        async with transaction() as session:
            await subscriptions.save(session, row.id, **fields)
        return _result(listing, done, dry_run=False)

    async def _read(self, url: str, validators: dict[str, str]) -> tuple[Listing | None, dict[str, str]]:
        """Return the list and the validators of the next request; no list if it has not changed."""
        if validators.get("kind") == "site":
            return await list_site(url, self._settings), validators
        response = await fetch_feed(url, self._guard, validators)
        if response.content is None:
            return None, response.validators
        if response.is_xml:
            return await parse_feed(response.content, response.url), response.validators
        try:
            listing = await list_site(url, self._settings)
        except VideoMomentsError as error:
            raise InvalidFeedError(
                f"{url} is neither a feed nor a list of videos: {error.cause}", remedy=error.remedy
            ) from error
        return listing, {"kind": "site"}

    async def _select(self, row: Subscription, listing: Listing | None) -> list[Choice]:
        """Choose among the videos that earlier checks did not find."""
        if listing is None:
            return []
        async with transaction() as session:
            known = await subscriptions.list_keys(session, row.id)
            registered = await subscriptions.find_registered(session, addresses(listing.videos))
        return select(
            listing.videos,
            known=known,
            registered={
                url: f"in the {'trash' if is_deleted else 'library'} as {identifier!r}"
                for url, (identifier, is_deleted) in registered.items()
            },
            limits=Limits(row.max_items, row.max_age_days, row.max_duration_seconds),
            is_first=not known,
            now=utc_now(),
            guard=self._guard,
        )

    async def _carry_out(self, row: Subscription, choices: Sequence[Choice]) -> list[Choice]:
        """Queue the downloads, and remember every video that was decided about."""
        done, is_full = list[Choice](), False
        for choice in choices:
            run_id, made = None, choice
            if choice.action == "add" and is_full:
                made = _with(choice, "later", "the queue is full")
            elif choice.action == "add":
                run_id, made = await self._add(row, choice)
                is_full = made.action == "later"
            done.append(made)
            if run_id is not None:
                await _remember(row, [made], run_id)
        await _remember(row, [choice for choice in done if choice.action in {"skip", "fail"}])
        return done

    async def _add(self, row: Subscription, choice: Choice) -> tuple[str | None, Choice]:
        """Queue a download; return the id of its run, and what was done."""
        stages: Any = {} if row.options.get("moments", True) else {"stages": ["video_download"]}
        try:
            request = GenerateMomentsRequest(video_url=choice.link, **stages)
            run = await self._submit(request)
        except RunInProgressError as error:
            return None, _with(choice, "skip", error.cause)
        except LimitReachedError as error:
            return None, _with(choice, "later", error.cause)
        except DatabaseError:
            raise
        except VideoMomentsError as error:
            return None, _with(choice, "fail", "; ".join(filter(None, (error.cause, error.remedy))))
        except ValueError:  # a link that the schema refuses, for example with unpaired surrogates
            return None, _with(choice, "fail", "invalid link")
        return run.request_id, choice

    async def _failed(self, row: Subscription, error: VideoMomentsError) -> None:
        """Record a failed check and lengthen the interval; report the first failure in a row."""
        now, failures = utc_now(), row.failures + 1
        interval = timedelta(minutes=row.interval_minutes)
        delay = max(interval, min(interval * 2 ** min(failures - 1, 20), MAX_BACKOFF))
        asked = timedelta(seconds=min(error.retry_after or 0, MAX_BACKOFF.total_seconds()))
        problem = {"type": error.type, "detail": error.cause, "remedy": error.remedy}
        async with transaction() as session:
            await subscriptions.save(
                session,
                row.id,
                failures=failures,
                error=problem,
                last_checked_at=now,
                next_check_at=now + max(delay, asked),
            )
            if failures == 1:
                payload = {"id": row.id, "url": row.url, "title": row.title, "error": problem}
                await events.record(session, "subscription.failed", payload)
        if failures == 1:
            logger.warning("Subscription failed: %s", error.cause, extra={"subscription": row.id})

    async def _settle(self) -> None:
        """Record which downloads ended, and tag the videos of those that succeeded."""
        async with transaction() as session:
            for video_id, tags in await subscriptions.settle_registered(session):
                video = await video_db_repository.get_by_id(session, video_id)
                if video is not None and tags:
                    video.tags = merge_tags([*video.tags, *tags])
            await subscriptions.settle_ended(session)


async def _remember(row: Subscription, choices: Sequence[Choice], run_id: str | None = None) -> None:
    items = [
        NewItem(choice.key, choice.url, choice.title, _STATES[choice.action], choice.reason, run_id)
        for choice in choices
    ]
    for start in range(0, len(items), subscriptions.BATCH):
        async with transaction() as session:
            batch = items[start : start + subscriptions.BATCH]
            await subscriptions.add_items(session, row.id, batch, now=utc_now())


def _with(choice: Choice, action: Any, reason: str) -> Choice:
    return Choice(choice.key, choice.link, choice.url, choice.video, action, reason)


def _result(listing: Listing | None, choices: Sequence[Choice], *, dry_run: bool) -> CheckResult:
    ordered = sorted(choices, key=lambda choice: _ORDER[choice.action])
    found = len(listing.videos) if listing else 0
    return CheckResult(
        title=clean_line(listing.title or "", MAX_TITLE) or None if listing else None,
        dry_run=dry_run,
        found=found,
        known=found - len(choices),
        items=[
            CheckedItem(
                url=choice.url,
                title=choice.title,
                published_at=choice.video.published_at,
                duration_seconds=choice.video.duration_seconds,
                action=choice.action,
                reason=choice.reason,
            )
            for choice in ordered[:MAX_SHOWN]
        ],
    )
