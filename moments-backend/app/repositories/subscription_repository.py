"""Queries on the tables `subscriptions` and `subscription_items`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, Text, any_, delete, func, literal, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import Subscription, SubscriptionItem, Video

BATCH = 2000
"""Rows per statement, so that none exceeds the time limit of a transaction."""

SUBSCRIPTIONS_LOCK = 0x766D_7375_6273  # "vmsubs"
"""Key of the advisory lock that serialises the transactions that add subscriptions."""

_INSERT = """
    INSERT INTO subscription_items (subscription_id, item_key, url, title, state, reason, run_id, seen_at)
    SELECT :subscription_id, item.*, :now
    FROM unnest(
        CAST(:key AS text[]), CAST(:url AS text[]), CAST(:title AS text[]), CAST(:state AS text[]),
        CAST(:reason AS text[]), CAST(:run_id AS text[])
    ) AS item
    ON CONFLICT DO NOTHING
"""
_REGISTERED = """
    UPDATE subscription_items AS item SET state = 'added', reason = NULL
    FROM videos, subscriptions
    WHERE item.state IN ('queued', 'failed') AND item.run_id IS NOT NULL
        AND videos.source_url = item.url AND subscriptions.id = item.subscription_id
    RETURNING videos.id, subscriptions.options -> 'tags'
"""
_ENDED = """
    UPDATE subscription_items AS item
    SET state = 'failed', reason = coalesce(
        nullif(concat_ws('; ', run.error ->> 'detail', run.error ->> 'remedy'), ''),
        'the run was ' || run.status)
    FROM pipeline_runs AS run
    WHERE item.state = 'queued' AND run.request_id = item.run_id AND run.status IN ('failed', 'cancelled')
"""
_DELETED = """
    UPDATE subscription_items AS item SET state = 'added'
    WHERE item.state = 'queued'
        AND NOT EXISTS (SELECT FROM pipeline_runs WHERE request_id = item.run_id)
"""


class NewItem(NamedTuple):
    """A video that a check found."""

    key: str
    url: str
    title: str | None
    state: str
    reason: str | None
    run_id: str | None


async def lock_and_count(session: AsyncSession) -> int:
    """Return the number of subscriptions; no other transaction adds one until this one ends."""
    await session.execute(select(func.pg_advisory_xact_lock(SUBSCRIPTIONS_LOCK)))
    return (await session.scalars(select(func.count()).select_from(Subscription))).one()


async def list_all(session: AsyncSession) -> Sequence[Subscription]:
    """Return all subscriptions, oldest first."""
    order = (Subscription.created_at, Subscription.id)
    return (await session.scalars(select(Subscription).order_by(*order))).all()


async def get(session: AsyncSession, subscription_id: str, *, lock: bool = False) -> Subscription | None:
    return await session.get(Subscription, subscription_id, with_for_update=lock, populate_existing=True)


async def get_by_url(session: AsyncSession, url: str) -> Subscription | None:
    return (await session.scalars(select(Subscription).where(Subscription.url == url))).one_or_none()


async def list_due(session: AsyncSession, now: datetime) -> Sequence[str]:
    """Return the ids of the subscriptions to check, the longest overdue first."""
    is_due = or_(Subscription.next_check_at.is_(None), Subscription.next_check_at <= now)
    statement = select(Subscription.id).where(~Subscription.is_paused, is_due)
    return (await session.scalars(statement.order_by(Subscription.next_check_at.nulls_first()))).all()


async def save(session: AsyncSession, subscription_id: str, **fields: Any) -> None:
    await session.execute(update(Subscription).where(Subscription.id == subscription_id).values(fields))


async def delete_subscription(session: AsyncSession, subscription_id: str) -> bool:
    """Delete a subscription and its items; return whether it existed."""
    statement = delete(Subscription).where(Subscription.id == subscription_id)
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount > 0


async def list_keys(session: AsyncSession, subscription_id: str) -> set[str]:
    """Return the keys of the videos that earlier checks found."""
    statement = select(SubscriptionItem.item_key).where(SubscriptionItem.subscription_id == subscription_id)
    return set(await session.scalars(statement))


async def find_registered(session: AsyncSession, urls: Sequence[str]) -> dict[str, tuple[str, bool]]:
    """Return the identifiers of videos by `source_url`, and whether they are in the trash."""
    wanted = any_(literal(list(urls), ARRAY(Text)))
    statement = select(Video.source_url, Video.identifier, Video.deleted_at.is_not(None))
    rows = await session.execute(statement.where(Video.source_url == wanted).order_by(Video.id.desc()))
    return {row[0]: (row[1], row[2]) for row in rows if row[0] is not None}


async def add_items(
    session: AsyncSession, subscription_id: str, items: Sequence[NewItem], *, now: datetime
) -> None:
    """Insert up to `BATCH` items; existing ones are unchanged."""
    columns = {name: [getattr(item, name) for item in items] for name in NewItem._fields}
    # Arrays: a statement with parameters for each row takes SQLAlchemy seconds to compile.
    await session.execute(text(_INSERT), columns | {"subscription_id": subscription_id, "now": now})


async def count_items(session: AsyncSession) -> dict[str, dict[str, int]]:
    """Return the numbers of items by subscription and state."""
    columns = (SubscriptionItem.subscription_id, SubscriptionItem.state)
    counts: dict[str, dict[str, int]] = {}
    for subscription_id, state, count in await session.execute(
        select(*columns, func.count()).group_by(*columns)
    ):
        counts.setdefault(subscription_id, {})[state] = count
    return counts


async def list_items(
    session: AsyncSession,
    subscription_id: str,
    *,
    limit: int,
    after: tuple[datetime, str] | None = None,
    state: str | None = None,
) -> Sequence[SubscriptionItem]:
    """Return items, latest first.

    Args:
        after: `(seen_at, item_key)` of the last item of the previous page.
    """
    position = (SubscriptionItem.seen_at, SubscriptionItem.item_key)
    statement = select(SubscriptionItem).where(SubscriptionItem.subscription_id == subscription_id)
    if state is not None:
        statement = statement.where(SubscriptionItem.state == state)
    if after is not None:
        statement = statement.where(tuple_(*position) < tuple_(*after))
    order = (column.desc() for column in position)
    return (await session.scalars(statement.order_by(*order).limit(limit))).all()


async def settle_registered(session: AsyncSession) -> list[tuple[int, list[str]]]:
    """Mark the items whose video has a row; return the ids of the videos with the tags to add."""
    result = await session.execute(text(_REGISTERED))
    return [(video_id, list(tags or ())) for video_id, tags in result]


async def settle_ended(session: AsyncSession) -> None:
    """Mark the items whose run failed, and those whose video was deleted together with its run."""
    await session.execute(text(_ENDED))
    await session.execute(text(_DELETED))
