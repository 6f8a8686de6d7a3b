"""Delivery of recorded events to real targets on loopback."""

import asyncio
import base64
import hmac
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from app.core.clock import utc_now
from app.core.exceptions import BlockedAddressError, DeliveryStateError
from app.database.session import transaction
from app.models.webhook import DeliveryRecord, WebhookCreate, WebhookUpdate
from app.services.downloads.pinned_transport import PinnedTransport
from app.services.downloads.ssrf_guard import SsrfGuard
from app.services.webhooks import events
from app.services.webhooks.delivery import RETRY, WebhookDelivery
from app.services.webhooks.sender import WebhookSender
from app.services.webhooks.service import WebhookService
from tests.fixtures.library import Library
from tests.services.webhooks.conftest import LOOPBACK, Target, record

Subscribe = Callable[..., Any]


async def log(service: WebhookService, webhook_id: str) -> list[DeliveryRecord]:
    return list(await service.list_deliveries(webhook_id, limit=100))


async def send(delivery: WebhookDelivery) -> None:
    await delivery.start_due()
    await delivery.wait()


async def test_event_arrives_signed(
    target: Target, subscribe: Subscribe, delivery: WebhookDelivery, service: WebhookService
) -> None:
    webhook = await subscribe(target.url("/ok"))
    await record(id="talk", title="Überblick")
    await send(delivery)
    (request,) = target.received
    assert request.event["type"] == "video.added"
    assert request.event["data"] == {"id": "talk", "title": "Überblick"}
    sent_id, timestamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    key = base64.b64decode(webhook.secret.removeprefix("whsec_"))
    signed = f"{sent_id}.{timestamp}.".encode() + request.body
    expected = base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"
    (entry,) = await log(service, webhook.id)
    assert (entry.id, entry.state, entry.status_code, entry.attempts) == (sent_id, "delivered", 204, 1)


async def test_only_subscribed_active_webhooks_get_events(
    target: Target, subscribe: Subscribe, delivery: WebhookDelivery, service: WebhookService
) -> None:
    await subscribe(target.url("/runs"), "run.failed")
    paused = await subscribe(target.url("/paused"))
    await service.change(paused.id, WebhookUpdate(is_active=False))
    await record("video.added", id="talk")
    await record("run.failed", id="1")
    await send(delivery)
    assert [(request.path, request.event["type"]) for request in target.received] == [("/runs", "run.failed")]


async def test_rolled_back_changes_send_nothing(
    target: Target, subscribe: Subscribe, delivery: WebhookDelivery
) -> None:
    await subscribe(target.url("/ok"))

    async def fail() -> None:
        async with transaction() as session:
            await events.record(session, "video.added", {"id": "talk"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    await send(delivery)
    assert target.received == []


async def test_hanging_target_delays_no_other(
    target: Target, subscribe: Subscribe, delivery: WebhookDelivery, service: WebhookService
) -> None:
    hanging = await subscribe(target.url("/hang"))
    other = await subscribe(target.url("/ok"))
    for _ in range(3):
        await record(id="talk")
    await delivery.start_due()
    async with asyncio.timeout(20):
        while len(target.events("/ok")) < 3 or not target.events("/hang"):
            await asyncio.sleep(0.02)
    assert len(target.events("/hang")) == 1  # one request at a time for each target
    await delivery.close()
    assert {entry.state for entry in await log(service, hanging.id)} == {"pending"}
    assert len(await log(service, other.id)) == 3


async def test_timeout_is_retried_later(
    target: Target, subscribe: Subscribe, service: WebhookService
) -> None:
    webhook = await subscribe(target.url("/hang"))
    guard = SsrfGuard([LOOPBACK])
    impatient = WebhookSender(PinnedTransport(guard), guard, timeout=0.1)
    await record(id="talk")
    await send(WebhookDelivery(impatient))
    await impatient.close()
    (entry,) = await log(service, webhook.id)
    assert (entry.state, entry.error) == ("pending", "the target did not respond within 0.1 s")
    assert entry.next_attempt_at is not None
    assert entry.next_attempt_at > utc_now()


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/broken", "the target returned 500 Internal Server Error"),
        ("/redirect", "the target redirects (302 Found); redirects are not followed"),
        ("/endless", "the target returned 500 Internal Server Error"),
    ],
)
async def test_failures_are_logged_and_retried(
    target: Target,
    subscribe: Subscribe,
    delivery: WebhookDelivery,
    service: WebhookService,
    path: str,
    error: str,
) -> None:
    webhook = await subscribe(target.url(path))
    await record(id="talk")
    await send(delivery)
    (entry,) = await log(service, webhook.id)
    assert (entry.state, entry.error, entry.attempts) == ("pending", error, 1)
    assert [request.path for request in target.received] == [path]


async def test_schedule_ends_after_a_day(
    target: Target,
    subscribe: Subscribe,
    delivery: WebhookDelivery,
    service: WebhookService,
    library: Library,
) -> None:
    webhook = await subscribe(target.url("/broken"))
    await record(id="talk")
    delays = []
    for _ in range(RETRY.attempts or 0):
        started = utc_now()
        await send(delivery)
        (entry,) = await log(service, webhook.id)
        if entry.next_attempt_at is not None:
            delays.append(entry.next_attempt_at - started)
        library.execute("UPDATE webhook_deliveries SET next_attempt_at = now() WHERE state = 'pending'")
    assert (entry.state, entry.attempts) == ("failed", 10)
    assert timedelta(hours=18) < sum(delays, timedelta()) < timedelta(hours=31)
    await send(delivery)
    assert len(target.received) == 10
    target.broken = False
    assert (await service.retry(entry.id)).state == "pending"
    await send(delivery)
    (entry,) = await log(service, webhook.id)
    assert (entry.state, entry.attempts) == ("delivered", 1)
    with pytest.raises(DeliveryStateError, match="is delivered"):
        await service.retry(entry.id)


async def test_retry_after_is_respected(
    target: Target, subscribe: Subscribe, delivery: WebhookDelivery, service: WebhookService
) -> None:
    webhook = await subscribe(target.url("/busy"))
    await record(id="talk")
    await send(delivery)
    (entry,) = await log(service, webhook.id)
    assert entry.next_attempt_at is not None
    assert entry.next_attempt_at > utc_now() + timedelta(minutes=110)


async def test_gone_target_is_paused(
    target: Target, subscribe: Subscribe, delivery: WebhookDelivery, service: WebhookService
) -> None:
    webhook = await subscribe(target.url("/gone"))
    await record(id="talk")
    await send(delivery)
    (listed,) = await service.list_all()
    assert (listed.id, listed.is_active) == (webhook.id, False)
    assert listed.last_delivery is not None
    assert listed.last_delivery.state == "failed"


async def test_private_targets_are_refused_at_each_attempt(
    target: Target, subscribe: Subscribe, service: WebhookService
) -> None:
    webhook = await subscribe(target.url("/ok"))
    guard = SsrfGuard([], purpose="webhooks to", remedy="set WEBHOOK_ALLOWED_NETWORKS")
    closed = WebhookSender(PinnedTransport(guard), guard)
    with pytest.raises(BlockedAddressError, match="webhooks to private network addresses"):
        await WebhookService(closed).create(WebhookCreate(url=target.url("/ok")))
    await record(id="talk")
    await send(WebhookDelivery(closed))
    await closed.close()
    (entry,) = await log(service, webhook.id)
    assert (entry.state, target.received) == ("pending", [])
    assert entry.error == "webhooks to private network addresses are blocked: 127.0.0.1"


async def test_two_workers_send_each_event_once(
    target: Target, subscribe: Subscribe, sender: WebhookSender
) -> None:
    await subscribe(target.url("/ok"))
    for number in range(20):
        await record(id=f"talk-{number}")
    await asyncio.gather(*(send(WebhookDelivery(sender)) for _ in range(2)))
    sent = [request.event["data"]["id"] for request in target.received]
    assert sorted(sent) == sorted(f"talk-{number}" for number in range(20))


async def test_old_deliveries_are_deleted(
    target: Target,
    subscribe: Subscribe,
    delivery: WebhookDelivery,
    service: WebhookService,
    library: Library,
) -> None:
    webhook = await subscribe(target.url("/ok"))
    await record(id="old")
    library.execute("UPDATE webhook_deliveries SET created_at = now() - interval '31 days'")
    await record(id="new")
    assert await delivery.delete_old() == 1
    assert [entry.payload["data"]["id"] for entry in await log(service, webhook.id)] == ["new"]
