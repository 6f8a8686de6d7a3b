"""The table as the comparison needs it: compact sets of what exists, and rows in the order of the bucket."""

import heapq
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from app.database.session import transaction
from app.repositories import consistency_repository
from app.repositories.consistency_repository import CheckedRow

SEPARATOR = "/"


@dataclass(slots=True)
class HashedNames:
    """A set of names that keeps only their hashes: 100,000 names take 10 MB instead of 20.

    Two names have the same 64-bit hash with a probability of 1e-9 among 200,000. A finding would be missed
    then; nothing would be removed.
    """

    _hashes: set[int] = field(default_factory=set)

    def add(self, name: str) -> None:
        self._hashes.add(hash(name))

    def __contains__(self, name: object) -> bool:
        return hash(name) in self._hashes

    def __len__(self) -> int:
        return len(self._hashes)


async def iterate_rows() -> AsyncIterator[list[CheckedRow]]:
    """Yield all videos in pages, in the order of the identifiers' bytes, each page in a transaction."""
    after = ""
    while True:
        async with transaction() as session:
            page = await consistency_repository.list_page(session, after)
        if not page:
            return
        yield page
        after = page[-1].identifier


class RowStream:
    """Reads rows in the order of their objects' names, which is that of `identifier + "/"`.

    PostgreSQL's index has the order of the identifiers. `talk` comes before `talk-2` there, but
    `talk/…` after `talk-2/…`, so a row waits in a heap until no later row can precede it.
    """

    def __init__(self) -> None:
        self._pages = iterate_rows()
        self._heap: list[tuple[str, CheckedRow]] = []
        self._ready: list[tuple[str, CheckedRow]] = []
        self._is_done = False

    async def take_before(self, key: str | None) -> list[tuple[str, CheckedRow]]:
        """Return the next rows with keys below or equal to `key`, in order; None for all that are left."""
        taken: list[tuple[str, CheckedRow]] = []
        while True:
            while self._ready and (key is None or self._ready[-1][0] <= key):
                taken.append(self._ready.pop())
            if self._ready or (self._is_done and not self._heap):
                return taken
            await self._read()

    async def close(self) -> None:
        await self._pages.aclose()  # type: ignore[attr-defined]  # an asynchronous generator

    async def _read(self) -> None:
        """Move rows that no later row can precede to `_ready`, the first one last."""
        page = await anext(self._pages, None) or []
        self._is_done = not page
        last = ""
        for row in page:
            heapq.heappush(self._heap, (row.identifier + SEPARATOR, row))
            last = row.identifier
        found = []
        while self._heap and (self._is_done or self._heap[0][0] <= last):
            found.append(heapq.heappop(self._heap))
        self._ready = found[::-1]
