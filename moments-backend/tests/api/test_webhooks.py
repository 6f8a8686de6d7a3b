"""`/api/webhooks`: configuration, test button and delivery log."""

from collections.abc import AsyncIterator, Iterator
from ipaddress import IPv4Network

import httpx
import pytest

from app.core.config import Settings
from app.database.session import transaction
from app.services.webhooks import events
from tests.api.conftest import running
from tests.api.support.rows import problem
from tests.services.webhooks.conftest import Target, webhook_target


@pytest.fixture
def target() -> Iterator[Target]:
    with webhook_target() as started:
        yield started


@pytest.fixture
async def open_client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of an application whose webhooks may reach loopback."""
    open_settings = settings.model_copy(update={"webhook_allowed_networks": [IPv4Network("127.0.0.0/8")]})
    async with running(open_settings) as client:
        yield client


async def test_secret_is_shown_once(open_client: httpx.AsyncClient, target: Target) -> None:
    created = await open_client.post("/api/webhooks", json={"url": target.url("/ok")})
    assert created.status_code == 201
    webhook = created.json()
    assert webhook["secret"].startswith("whsec_")
    assert set(webhook["events"]) == events.EVENTS.keys()
    (listed,) = (await open_client.get("/api/webhooks")).json()
    assert "secret" not in listed
    path = f"/api/webhooks/{webhook['id']}"
    changed = await open_client.patch(path, json={"events": ["run.failed"], "is_active": False})
    assert "secret" not in changed.json()
    assert (changed.json()["events"], changed.json()["is_active"]) == (["run.failed"], False)
    assert (await open_client.delete(path)).status_code == 204
    problem(await open_client.delete(path), 404, "webhook-not-found")


async def test_test_button_returns_the_result(open_client: httpx.AsyncClient, target: Target) -> None:
    for path, state, status in (("/ok", "delivered", 204), ("/broken", "failed", 500)):
        created = await open_client.post("/api/webhooks", json={"url": target.url(path)})
        answer = await open_client.post(f"/api/webhooks/{created.json()['id']}/test")
        assert (answer.status_code, answer.json()["state"], answer.json()["status_code"]) == (
            200,
            state,
            status,
        )
        assert target.events(path) == ["webhook.test"]


async def test_log_is_paged(open_client: httpx.AsyncClient, target: Target) -> None:
    created = (await open_client.post("/api/webhooks", json={"url": target.url("/ok")})).json()
    async with transaction() as session:
        for number in range(5):  # one transaction: all have the same time
            await events.record(session, "video.added", {"id": f"talk-{number}"})
    path, ids = f"/api/webhooks/{created['id']}/deliveries?limit=2", []
    while path:
        page = await open_client.get(path)
        ids += [entry["payload"]["data"]["id"] for entry in page.json()]
        path = page.links.get("next", {}).get("url", "")
    assert sorted(ids) == [f"talk-{number}" for number in range(5)]
    entry = (await open_client.get(f"/api/webhooks/{created['id']}/deliveries?limit=1")).json()[0]
    problem(await open_client.post(f"/api/webhooks/deliveries/{entry['id']}/retry"), 409, "delivery-state")
    problem(await open_client.post(f"/api/webhooks/deliveries/{'0' * 32}/retry"), 404, "delivery-not-found")
    problem(await open_client.get(f"/api/webhooks/{'0' * 32}/deliveries"), 404, "webhook-not-found")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "ftp://example.org/"},
        {"url": "https://"},
        {"url": "https://user:pw@example.org/"},
        {"url": "https://example.org:0/"},
        {"url": "https://example.org:x/"},
        {"url": "https://example.org/\0"},
        {"url": "https://[::1"},
        {"url": "https://\N{SNOWMAN}.example/"},
        {"url": "https://xn--a.example/"},
        {"url": f"https://example.org/{'x' * 2000}"},
        {"url": "https://example.org/", "events": []},
        {"url": "https://example.org/", "events": ["video.*"]},
        {"url": "https://example.org/", "secret": "whsec_a"},
    ],
)
async def test_invalid_webhooks_are_refused(client: httpx.AsyncClient, body: object) -> None:
    problem(await client.post("/api/webhooks", json=body), 422, "invalid-request")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:127.0.0.1]", "2130706433"],
)
async def test_private_targets_are_refused(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.post("/api/webhooks", json={"url": f"http://{host}/hook"})
    assert "WEBHOOK_ALLOWED_NETWORKS" in problem(answer, 422, "address-refused")["remedy"]
