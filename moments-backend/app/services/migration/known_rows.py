"""Rows by identifier, path and size, to find the row of a file without I/O."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from app.repositories.video_identity_repository import VideoIdentity


class KnownRows:
    """The rows that concern a run: those with an identifier, path or size of a scanned file, or all."""

    def __init__(self, rows: Iterable[VideoIdentity] = ()) -> None:
        self._by_id: dict[int, VideoIdentity] = {}
        self._by_identifier: dict[str, VideoIdentity] = {}
        self._by_path = defaultdict[str, list[VideoIdentity]](list)
        self._by_size = defaultdict[int, list[VideoIdentity]](list)
        self.add(rows)

    def __iter__(self) -> Iterator[VideoIdentity]:
        return iter(self._by_id.values())

    def add(self, rows: Iterable[VideoIdentity]) -> None:
        """Add rows, except those that are known already."""
        for row in rows:
            if row.id in self._by_id:
                continue
            self._by_id[row.id] = row
            self._by_identifier[row.identifier] = row
            if row.relative_path:
                self._by_path[row.relative_path].append(row)
            if row.size_bytes is not None:
                self._by_size[row.size_bytes].append(row)

    def get(self, identifier: str) -> VideoIdentity | None:
        return self._by_identifier.get(identifier)

    def at_path(self, relative_path: str) -> list[VideoIdentity]:
        """Return the rows whose local file has this path."""
        return self._by_path.get(relative_path, [])

    def of_size(self, size: int) -> list[VideoIdentity]:
        return self._by_size.get(size, [])
