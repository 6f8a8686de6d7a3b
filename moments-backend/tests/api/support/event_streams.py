"""Clients of event streams, and the Redis connections behind them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
import redis

from app.core.config import Settings
from app.models.pipeline import RunState
from tests.api.support.runs import pipeline_path

TIMEOUT_SECONDS = 30.0
"""Test timeout in seconds; not a guarantee of the product."""


class Frames:
    """The events that a browser's `EventSource` would dispatch."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.comments = 0
        self._lines = response.aiter_lines()

    async def next(self) -> dict[str, Any] | None:
        """Return the next state; None at the end of the stream."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(TIMEOUT_SECONDS):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if line.startswith(":"):
                    self.comments += 1
                elif line:
                    fields[name] = value
                elif fields:
                    assert fields["event"] == "status"
                    state: dict[str, Any] = json.loads(fields["data"])
                    RunState.model_validate(state)
                    return state
        return None

    async def percent(self) -> float:
        state = await self.next()
        assert state is not None
        return float(state["stages"]["transcription"]["percent"])

    async def until(self, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            state = await self.next()
            assert state is not None
            if reached(state):
                return state


@asynccontextmanager
async def open_event_stream(address: str, video_id: str = "talk", **headers: str) -> AsyncIterator[Frames]:
    async with (
        httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS) as client,
        client.stream("GET", pipeline_path(video_id, "events"), headers=headers) as response,
    ):
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache"
        async with aclosing(response):
            yield Frames(response)


def subscribers(settings: Settings) -> int:
    """Return the number of subscribed Redis connections. (`PUBSUB NUMSUB` miscounts large numbers.)"""
    password = settings.redis_password.get_secret_value() if settings.redis_password else None
    with redis.Redis(host=settings.redis_host, port=settings.redis_port, password=password) as client:
        return len(client.client_list(_type="pubsub"))


async def eventually(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while not await asyncio.to_thread(reached):
            await asyncio.sleep(0.02)
