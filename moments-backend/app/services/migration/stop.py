"""The user's word that ends a run early."""

import asyncio


class Stop:
    """First, no new video starts and what is in work is finished; then everything ends where it is."""

    def __init__(self) -> None:
        self.working = False
        self.requested = False
        self._at_once = asyncio.Event()

    def press(self) -> None:
        """One Ctrl-C: gentle while there is a video in work, and never twice."""
        if self.working and not self.requested:
            self.finish_current()
        else:
            self.at_once()

    def finish_current(self) -> None:
        self.requested = True

    def at_once(self) -> None:
        self.requested = True
        self._at_once.set()

    @property
    def is_at_once(self) -> bool:
        return self._at_once.is_set()

    async def wait_at_once(self) -> None:
        """Until everything is to end."""
        await self._at_once.wait()
