"""Creation, change and test of webhooks, and their delivery log."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import uuid4

from app.core.clock import utc_now
from app.core.exceptions import (
    DeliveryNotFoundError,
    DeliveryStateError,
    SourceUnavailableError,
    TooManyWebhooksError,
    WebhookNotFoundError,
)
from app.database.models import Webhook, WebhookDelivery
from app.database.session import transaction
from app.models.webhook import DeliveryRecord, WebhookCreate, WebhookCreated, WebhookRecord, WebhookUpdate
from app.repositories import webhook_repository as webhooks
from app.services.webhooks.delivery import record_result
from app.services.webhooks.events import EVENTS, TEST_EVENT, envelope
from app.services.webhooks.sender import WebhookSender
from app.services.webhooks.signatures import create_secret

MAX_WEBHOOKS = 50
"""Limits the tasks of a worker and the rows of an event."""


class WebhookService:
    def __init__(self, sender: WebhookSender) -> None:
        self._sender = sender

    async def list_all(self) -> list[WebhookRecord]:
        """Return all webhooks, oldest first, with their latest delivery."""
        async with transaction() as session:
            rows = await webhooks.list_all(session)
            latest = await webhooks.latest_deliveries(session)
        return [_record(row, latest.get(row.id)) for row in rows]

    async def create(self, wanted: WebhookCreate) -> WebhookCreated:
        """Create a webhook and return it with its secret.

        Raises:
            BlockedAddressError: the target is in a private network.
            TooManyWebhooksError: `MAX_WEBHOOKS` exist.
            DatabaseError: PostgreSQL is unavailable.
        """
        await self._check(wanted.url)
        secret = create_secret()
        async with transaction() as session:
            if await webhooks.lock_and_count(session) >= MAX_WEBHOOKS:
                raise TooManyWebhooksError(MAX_WEBHOOKS)
            row = Webhook(
                id=uuid4().hex,
                url=wanted.url,
                secret=secret,
                events=list(wanted.events or EVENTS),
                is_active=True,
                created_at=utc_now(),
            )
            session.add(row)
            await session.flush()
        return WebhookCreated(**_record(row, None).model_dump(), secret=secret)

    async def change(self, webhook_id: str, changes: WebhookUpdate) -> WebhookRecord:
        """Change the target, the events, or pause and resume.

        Raises:
            WebhookNotFoundError, BlockedAddressError, DatabaseError: as named.
        """
        if changes.url is not None:
            await self._check(changes.url)
        async with transaction() as session:
            row = await webhooks.get(session, webhook_id, lock=True)
            if row is None:
                raise WebhookNotFoundError(webhook_id)
            for name, value in changes.model_dump(exclude_none=True).items():
                setattr(row, name, value)
            await session.flush()
            latest = await webhooks.latest_deliveries(session)
        return _record(row, latest.get(row.id))

    async def delete(self, webhook_id: str) -> None:
        """Delete a webhook with its delivery log.

        Raises:
            WebhookNotFoundError, DatabaseError: as named.
        """
        async with transaction() as session:
            if not await webhooks.delete_webhook(session, webhook_id):
                raise WebhookNotFoundError(webhook_id)

    async def test(self, webhook_id: str) -> DeliveryRecord:
        """Send a test event now, once, also to a paused webhook; return its delivery.

        Raises:
            WebhookNotFoundError, DatabaseError: as named.
        """
        async with transaction() as session:
            row = await webhooks.get(session, webhook_id)
            if row is None:
                raise WebhookNotFoundError(webhook_id)
            delivery = WebhookDelivery(
                id=uuid4().hex,
                webhook_id=webhook_id,
                event=TEST_EVENT,
                payload=envelope(TEST_EVENT, {"webhook_id": webhook_id}),
                state="pending",
                attempts=1,
                created_at=utc_now(),
            )
            session.add(delivery)
        response = await self._sender.send(
            row.url, row.secret, message_id=delivery.id, payload=delivery.payload
        )
        claimed = webhooks.ClaimedDelivery(
            delivery.id, webhook_id, delivery.payload, delivery.attempts, row.url, row.secret
        )
        await record_result(claimed, response)
        return await self._delivery(delivery.id)

    async def list_deliveries(
        self, webhook_id: str, *, limit: int, after: tuple[datetime, str] | None = None
    ) -> Sequence[DeliveryRecord]:
        """Return the delivery log, newest first.

        Raises:
            WebhookNotFoundError, DatabaseError: as named.
        """
        async with transaction() as session:
            if await webhooks.get(session, webhook_id) is None:
                raise WebhookNotFoundError(webhook_id)
            rows = await webhooks.list_deliveries(session, webhook_id, limit=limit, after=after)
        return [DeliveryRecord.model_validate(row) for row in rows]

    async def retry(self, delivery_id: str) -> DeliveryRecord:
        """Attempt a failed delivery again, with the whole schedule of attempts.

        Raises:
            DeliveryNotFoundError, DatabaseError: as named.
            DeliveryStateError: it was delivered, or is pending.
        """
        async with transaction() as session:
            row = await webhooks.get_delivery(session, delivery_id, lock=True)
            if row is None:
                raise DeliveryNotFoundError(delivery_id)
            if row.state != "failed":
                raise DeliveryStateError(f"the delivery {delivery_id} is {row.state}: nothing to retry")
            row.state, row.attempts, row.next_attempt_at = "pending", 0, utc_now()
            await session.flush()
            return DeliveryRecord.model_validate(row)

    async def _delivery(self, delivery_id: str) -> DeliveryRecord:
        async with transaction() as session:
            row = await webhooks.get_delivery(session, delivery_id)
        if row is None:
            raise DeliveryNotFoundError(delivery_id)
        return DeliveryRecord.model_validate(row)

    async def _check(self, url: str) -> None:
        """Refuse private addresses at once; a name that cannot be resolved now may be later."""
        with suppress(SourceUnavailableError):
            await self._sender.check(url)


def _record(row: Webhook, latest: WebhookDelivery | None) -> WebhookRecord:
    record = WebhookRecord.model_validate(row)
    if latest is not None:
        record.last_delivery = DeliveryRecord.model_validate(latest)
    return record
