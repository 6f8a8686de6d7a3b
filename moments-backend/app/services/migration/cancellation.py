"""The user's word that ends a run early."""

import asyncio
from collections.abc import Callable
from typing import Any

PARK_SECONDS = 2.0
"""How long work that was told to end may take before nobody waits for it any more."""


class CancellationToken:
    """First, no new video starts and what is in work is finished; then everything ends where it is.

    `abandoned` says that threads are still busy with what nobody waits for, such as an answer that does not
    come: the process cannot end in the usual way, which waits for them.
    """

    def __init__(self) -> None:
        self.working = False
        self.requested = False
        self.abandoned = False
        self._at_once = asyncio.Event()

    def on_interrupt(self) -> None:
        """One Ctrl-C: gentle while there is a video in work, and never twice."""
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
        """Wait for `work`; when everything is to stop, interrupt it and wait a little longer.

        Returns:
            Whether `work` is not done even so. It is then left to itself, and `abandoned` is set.
        """
        stopping = asyncio.ensure_future(self._at_once.wait())
        try:
            await asyncio.wait((work, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        if not work.done():
            interrupt()
            await asyncio.wait((work,), timeout=PARK_SECONDS)
        self.abandoned = not work.done()
        return self.abandoned
