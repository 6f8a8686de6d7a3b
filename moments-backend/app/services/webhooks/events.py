"""Events of webhooks, recorded in the transaction of the change that they report.

An event whose transaction is rolled back is never sent. A worker sends the recorded ones; see `delivery`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utc_now
from app.repositories import webhook_repository

EVENTS: Mapping[str, str] = {
    "video.added": "A video was registered.",
    "video.updated": "The title, language, tags or favourite mark of a video changed.",
    "video.trashed": "A video was moved to the trash.",
    "video.restored": "A video was restored from the trash.",
    "video.deleted": "A video was deleted permanently.",
    "run.completed": "A run of the pipeline completed.",
    "run.failed": "A run of the pipeline failed.",
    "export.completed": "An export is ready.",
    "export.failed": "An export failed.",
    "subscription.failed": "The check of a subscription failed; repeated failures are reported once.",
    "watch_folder.failed": "A watch folder is unavailable, or a file of it could not be registered.",
}
"""Every event that a webhook can subscribe to, with its description."""

TEST_EVENT = "webhook.test"
"""Sent on request to one webhook; not part of subscriptions."""


async def record(session: AsyncSession, event: str, payload: Mapping[str, Any]) -> None:
    """Record an event for every active webhook that subscribes to it; one statement, without network access.

    Args:
        event: a key of `EVENTS`.
        payload: JSON values: the `data` of the request body.

    Raises:
        ValueError: the event is unknown.
    """
    if event not in EVENTS:
        raise ValueError(f"unknown webhook event {event!r}")
    await webhook_repository.add_deliveries(session, event, envelope(event, payload))


async def record_all(session: AsyncSession, event: str, payloads: Iterable[Mapping[str, Any]]) -> None:
    """Record the same event about many subjects in one statement; see `record`."""
    webhook_ids = await webhook_repository.list_subscribed(session, event)
    bodies = [envelope(event, payload) for payload in payloads]
    await webhook_repository.add_many(session, event, webhook_ids, bodies)


async def is_wanted(session: AsyncSession, event: str) -> bool:
    """Return whether an active webhook subscribes to the event."""
    return bool(await webhook_repository.list_subscribed(session, event))


def envelope(event: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a request in the shape of the Standard Webhooks specification."""
    return {"type": event, "timestamp": utc_now().isoformat(), "data": dict(payload)}
