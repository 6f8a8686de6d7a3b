"""Publishes a run's state at most every `INTERVAL_SECONDS`."""

import asyncio
from typing import Self

from app.core.clock import utc_now
from app.core.concurrency import cancel_and_wait
from app.models.pipeline import RunState
from app.services.pipeline.run_status_store import RunStatusStore

INTERVAL_SECONDS = 0.25


class ThrottledStatusPublisher:
    """Call it after each change of the state; several changes are published together."""

    def __init__(self, status_store: RunStatusStore, state: RunState, token: str) -> None:
        self._status_store = status_store
        self._state = state
        self._token = token
        self._changed = asyncio.Event()

    def __call__(self) -> None:
        self._changed.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._publish())
        self._changed.set()
        return self

    async def __aexit__(self, *_: object) -> None:
        await cancel_and_wait(self._task)

    async def _publish(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._state.updated_at = utc_now()
            await self._status_store.publish(self._state, self._token)
            await asyncio.sleep(INTERVAL_SECONDS)
