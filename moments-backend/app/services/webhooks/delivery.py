"""Delivery of recorded events by the workers.

Each webhook has its own task, which sends one event at a time: a target that hangs delays only its own
events. The number of webhooks is limited, and so is the number of tasks.
"""

import asyncio
import logging
from datetime import timedelta
from functools import partial
from typing import Any

from app.core.clock import utc_now
from app.core.concurrency import cancel_and_wait
from app.core.exceptions import VideoMomentsError
from app.core.retry import RetryPolicy
from app.database.session import transaction
from app.repositories import webhook_repository as webhooks
from app.repositories.webhook_repository import ClaimedDelivery
from app.services.webhooks.sender import Response, WebhookSender

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""Interval of the search for events to send; one query on a partial index if none is due."""

HOUR = 3600.0
RETRY = RetryPolicy(attempts=10, base_delay=30.0, factor=3.0, max_delay=8 * HOUR, jitter=(0.8, 1.2))
"""Attempts after 30 s, 90 s, 270 s, 14 min, 41 min, 2 h, 6 h, 8 h and 8 h: 25 hours in total."""

KEPT = timedelta(days=30)
"""Age at which deliveries are deleted."""


class WebhookDelivery:
    """Sends the events that are due, and deletes old ones."""

    def __init__(self, sender: WebhookSender, retry: RetryPolicy = RETRY) -> None:
        self._sender = sender
        self._retry = retry
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start_due(self) -> None:
        """Start sending the due events of each webhook, without waiting for the targets."""
        async with transaction() as session:
            due = await webhooks.list_due(session)
        for webhook_id in due:
            if webhook_id not in self._tasks:
                task = asyncio.create_task(self._send_all(webhook_id))
                self._tasks[webhook_id] = task
                task.add_done_callback(partial(self._forget, webhook_id))

    def _forget(self, webhook_id: str, _task: "asyncio.Task[None]") -> None:
        self._tasks.pop(webhook_id, None)

    async def wait(self) -> None:
        """Wait until the tasks that are running have ended."""
        await asyncio.gather(*self._tasks.values())

    async def close(self) -> None:
        """Cancel the attempts in progress; other workers repeat them after `CLAIM_LEASE`."""
        await cancel_and_wait(*self._tasks.values())

    async def delete_old(self) -> int:
        """Delete deliveries older than `KEPT`; return their number."""
        async with transaction() as session:
            return await webhooks.delete_deliveries_before(session, utc_now() - KEPT)

    async def _send_all(self, webhook_id: str) -> None:
        try:
            while True:
                async with transaction() as session:
                    claimed = await webhooks.claim(session, webhook_id)
                if claimed is None:
                    return
                await self._attempt(claimed)
        except VideoMomentsError as error:
            logger.warning("Webhook deliveries interrupted: %s", error.cause, extra={"webhook": webhook_id})
        except Exception:
            logger.exception("Webhook deliveries interrupted", extra={"webhook": webhook_id})

    async def _attempt(self, delivery: ClaimedDelivery) -> None:
        response = await self._sender.send(
            delivery.url, delivery.secret, message_id=delivery.id, payload=delivery.payload
        )
        await record_result(delivery, response, self._retry)
        if response.error is not None:
            logger.info(
                "Webhook delivery failed: %s",
                response.error,
                extra={"webhook": delivery.webhook_id, "attempt": delivery.attempts},
            )


async def record_result(
    delivery: ClaimedDelivery, response: Response, retry: RetryPolicy | None = None
) -> None:
    """Record an attempt: success, the time of the next attempt, or the final failure.

    Args:
        retry: schedule of further attempts; None for none.
    """
    now = utc_now()
    fields: dict[str, Any] = {
        "status_code": response.status_code,
        "error": response.error,
        "next_attempt_at": None,
    }
    if response.error is None:
        fields |= {"state": "delivered", "delivered_at": now}
    elif retry is None or response.is_gone or not retry.allows(delivery.attempts):
        fields |= {"state": "failed"}
    else:
        asked = min(response.retry_after or 0.0, retry.max_delay)
        delay = max(retry.delay(delivery.attempts), asked)
        fields |= {"next_attempt_at": now + timedelta(seconds=delay)}
    async with transaction() as session:
        await webhooks.save_attempt(session, delivery, **fields)
        if response.is_gone:  # the specification asks for no further events
            await webhooks.deactivate(session, delivery.webhook_id)
