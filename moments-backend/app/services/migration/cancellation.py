"""Cancellation requested by the user (Ctrl-C)."""

import asyncio
from collections.abc import Callable
from typing import Any

GRACE_SECONDS = 2.0
"""Longest wait for interrupted work before it is abandoned."""


class CancellationToken:
    """State of a cancellation: first no new video is started, then running videos are interrupted.

    Attributes:
        working: a video may be in progress.
        requested: no new video is to be started.
        abandoned: threads are still blocked, for example in a network call. The process must exit without
            waiting for them.
    """

    def __init__(self) -> None:
        self.working = False
        self.requested = False
        self.abandoned = False
        self._at_once = asyncio.Event()

    def on_interrupt(self) -> None:
        """Handle one Ctrl-C: finish running videos at the first, interrupt them at the second."""
        if self.working and not self.requested:
            self.finish_current()
        else:
            self.cancel_now()

    def finish_current(self) -> None:
        self.requested = True

    def cancel_now(self) -> None:
        self.requested = True
        self._at_once.set()

    @property
    def is_at_once(self) -> bool:
        return self._at_once.is_set()

    async def wait_or_abandon(self, work: asyncio.Future[Any], interrupt: Callable[[], object]) -> bool:
        """Wait for `work`; after `cancel_now`, interrupt it and wait for `GRACE_SECONDS`.

        Returns:
            The new value of `abandoned`.
        """
        stopping = asyncio.ensure_future(self._at_once.wait())
        try:
            await asyncio.wait((work, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        if not work.done():
            interrupt()
            await asyncio.wait((work,), timeout=GRACE_SECONDS)
        self.abandoned = not work.done()
        return self.abandoned
