"""Queries on the tables `webhooks` and `webhook_deliveries`.

Functions take the session first and never commit: the caller ends the transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import (
    CursorResult,
    Text,
    any_,
    cast as sql_cast,
    delete,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.models import Webhook, WebhookDelivery

CLAIM_LEASE = timedelta(minutes=2)
"""Time after which another worker attempts a claimed delivery, because the first worker died."""

WEBHOOKS_LOCK = 0x766D_7768_6F6B  # "vmwhok"
"""Key of the advisory lock that serialises the transactions that add webhooks."""


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that this process attempts now, with its target.

    Attributes:
        attempts: number of attempts, including this one.
    """

    id: str
    webhook_id: str
    payload: dict[str, Any]
    attempts: int
    url: str
    secret: str


async def add_deliveries(session: AsyncSession, event: str, payload: dict[str, Any]) -> None:
    """Insert a delivery for every active webhook that subscribes to the event."""
    found = select(
        func.replace(sql_cast(func.gen_random_uuid(), Text), "-", ""),
        Webhook.id,
        literal(event),
        literal(payload, JSONB),
        literal("pending"),
        func.now(),
    ).where(Webhook.is_active, literal(event) == any_(Webhook.events))
    columns = ["id", "webhook_id", "event", "payload", "state", "next_attempt_at"]
    await session.execute(insert(WebhookDelivery).from_select(columns, found))


async def list_subscribed(session: AsyncSession, event: str) -> Sequence[str]:
    """Return the ids of the active webhooks that subscribe to the event."""
    statement = select(Webhook.id).where(Webhook.is_active, literal(event) == any_(Webhook.events))
    return (await session.scalars(statement)).all()


async def add_many(
    session: AsyncSession, event: str, webhook_ids: Sequence[str], payloads: Iterable[dict[str, Any]]
) -> None:
    """Insert a delivery of each payload for each webhook."""
    rows = [
        {"id": uuid4().hex, "webhook_id": webhook_id, "event": event, "payload": payload, "state": "pending"}
        for payload in payloads
        for webhook_id in webhook_ids
    ]
    if rows:
        await session.execute(insert(WebhookDelivery).values(next_attempt_at=func.now()), rows)


async def lock_and_count(session: AsyncSession) -> int:
    """Return the number of webhooks; no other transaction adds one until this one ends."""
    await session.execute(select(func.pg_advisory_xact_lock(WEBHOOKS_LOCK)))
    return (await session.scalars(select(func.count()).select_from(Webhook))).one()


async def list_all(session: AsyncSession) -> Sequence[Webhook]:
    """Return all webhooks, oldest first."""
    return (await session.scalars(select(Webhook).order_by(Webhook.created_at, Webhook.id))).all()


async def latest_deliveries(session: AsyncSession) -> dict[str, WebhookDelivery]:
    """Return the latest delivery of each webhook by the webhook's id."""
    statement = (
        select(WebhookDelivery)
        .ext(distinct_on(WebhookDelivery.webhook_id))
        .order_by(WebhookDelivery.webhook_id, WebhookDelivery.created_at.desc())
    )
    return {row.webhook_id: row for row in await session.scalars(statement)}


async def get(session: AsyncSession, webhook_id: str, *, lock: bool = False) -> Webhook | None:
    return await session.get(Webhook, webhook_id, with_for_update=lock, populate_existing=True)


async def get_delivery(
    session: AsyncSession, delivery_id: str, *, lock: bool = False
) -> WebhookDelivery | None:
    return await session.get(WebhookDelivery, delivery_id, with_for_update=lock, populate_existing=True)


async def delete_webhook(session: AsyncSession, webhook_id: str) -> bool:
    """Delete a webhook and its deliveries; return whether it existed."""
    statement = delete(Webhook).where(Webhook.id == webhook_id)
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount > 0


async def list_deliveries(
    session: AsyncSession,
    webhook_id: str,
    *,
    limit: int,
    after: tuple[datetime, str] | None = None,
) -> Sequence[WebhookDelivery]:
    """Return the deliveries of a webhook, newest first.

    Args:
        after: `(created_at, id)` of the last delivery of the previous page.
    """
    position = tuple_(WebhookDelivery.created_at, WebhookDelivery.id)
    statement = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if after is not None:
        statement = statement.where(position < tuple_(*after))
    order = (WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc())
    return (await session.scalars(statement.order_by(*order).limit(limit))).all()


async def list_due(session: AsyncSession) -> Sequence[str]:
    """Return the ids of the active webhooks with a delivery to attempt now."""
    statement = (
        select(WebhookDelivery.webhook_id)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(
            WebhookDelivery.state == "pending",
            WebhookDelivery.next_attempt_at <= func.now(),
            Webhook.is_active,
        )
        .distinct()
    )
    return (await session.scalars(statement)).all()


async def claim(session: AsyncSession, webhook_id: str) -> ClaimedDelivery | None:
    """Claim the oldest due delivery of a webhook for `CLAIM_LEASE`; None if another process has it."""
    due = (
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.webhook_id == webhook_id,
            WebhookDelivery.state == "pending",
            WebhookDelivery.next_attempt_at <= func.now(),
        )
        .order_by(WebhookDelivery.next_attempt_at, WebhookDelivery.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    statement = (
        update(WebhookDelivery)
        .where(WebhookDelivery.id == due, Webhook.id == WebhookDelivery.webhook_id, Webhook.is_active)
        .values(
            attempts=WebhookDelivery.attempts + 1,
            next_attempt_at=func.now() + CLAIM_LEASE,
        )
        .returning(
            WebhookDelivery.id,
            WebhookDelivery.webhook_id,
            WebhookDelivery.payload,
            WebhookDelivery.attempts,
            Webhook.url,
            Webhook.secret,
        )
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else ClaimedDelivery(*row)


async def save_attempt(session: AsyncSession, delivery: ClaimedDelivery, **fields: Any) -> None:
    """Record the result of an attempt, unless another process has attempted the delivery since."""
    statement = update(WebhookDelivery).where(
        WebhookDelivery.id == delivery.id, WebhookDelivery.attempts == delivery.attempts
    )
    await session.execute(statement.values(fields))


async def deactivate(session: AsyncSession, webhook_id: str) -> None:
    await session.execute(update(Webhook).where(Webhook.id == webhook_id).values(is_active=False))


async def delete_deliveries_before(session: AsyncSession, time: datetime) -> int:
    """Delete deliveries recorded before `time`; return their number."""
    statement = delete(WebhookDelivery).where(WebhookDelivery.created_at < time)
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount
