"""SQLite index of buckets, objects and upload sessions; one transaction decides every precondition.

The index is the truth: an object exists once its row is committed, and a blob without a row is deleted at the
next start.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.storage_server.resources import Bucket, Object

SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (
    name TEXT PRIMARY KEY,
    created TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    metageneration INTEGER NOT NULL,
    size INTEGER NOT NULL,
    md5 TEXT,
    crc32c TEXT NOT NULL,
    blob TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    components INTEGER NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (bucket, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lost_objects (
    bucket TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    metageneration INTEGER NOT NULL,
    size INTEGER NOT NULL,
    md5 TEXT,
    crc32c TEXT NOT NULL,
    blob TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    components INTEGER NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (bucket, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL,
    name TEXT NOT NULL,
    blob TEXT NOT NULL,
    total_size INTEGER,
    resource TEXT NOT NULL,
    preconditions TEXT NOT NULL,
    started REAL NOT NULL,
    result TEXT
) WITHOUT ROWID;
"""
_SELECT_OBJECTS = (
    "SELECT bucket, name, generation, metageneration, size, md5, crc32c, blob, created, updated, components,"
    " fields FROM objects WHERE "
)
_PUT_OBJECT = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Upload:
    """A resumable upload session; `resource` and `preconditions` are as the client sent them.

    Attributes:
        result: JSON resource of the finished object, kept for clients that missed the response.
    """

    id: str
    bucket: str
    name: str
    blob: str
    total_size: int | None
    resource: Mapping[str, Any]
    preconditions: Mapping[str, int | None]
    result: Mapping[str, Any] | None = None


class Index:
    """Queries on one connection that threads share; `read_object` has its own. Every method blocks.

    Raises:
        sqlite3.DatabaseError: the file is damaged; `consistency` then rebuilds it.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self._lock = threading.RLock()
        self._last_generation = 0
        path.touch(mode=_PRIVATE)
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        self._connection.executescript(SCHEMA)
        for table in ("objects", "lost_objects"):
            (newest,) = self._connection.execute(f"SELECT max(generation) FROM {table}").fetchone()  # noqa: S608
            self._last_generation = max(self._last_generation, newest or 0)
        self._reading = threading.Lock()
        self._reader = sqlite3.connect(path, check_same_thread=False, isolation_level=None)

    def close(self) -> None:
        with self._reading:
            self._reader.close()
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the write lock; commit at the end, roll back after an exception."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def new_generation(self) -> int:
        """Return microseconds since 1970, larger than every generation before."""
        with self._lock:
            self._last_generation = max(self._last_generation + 1, time.time_ns() // 1000)
            return self._last_generation

    # Buckets

    def get_bucket(self, name: str) -> Bucket | None:
        row = self._one("SELECT name, created FROM buckets WHERE name = ?", name)
        return Bucket(*row) if row else None

    def list_buckets(self) -> list[Bucket]:
        return [Bucket(*row) for row in self._all("SELECT name, created FROM buckets ORDER BY name")]

    def insert_bucket(self, bucket: Bucket) -> bool:
        """Insert a bucket and return whether it is new."""
        with self._lock:
            cursor = self._connection.execute(
                "INSERT OR IGNORE INTO buckets VALUES (?, ?)", (bucket.name, bucket.created)
            )
            return cursor.rowcount == 1

    def delete_bucket(self, name: str) -> None:
        with self._lock:
            self._connection.execute("DELETE FROM buckets WHERE name = ?", (name,))

    # Objects

    def get_object(self, bucket: str, name: str) -> Object | None:
        row = self._one(_SELECT_OBJECTS + "bucket = ? AND name = ?", bucket, name)
        return _to_object(row) if row else None

    def read_object(self, bucket: str, name: str) -> Object | None:
        """Return a committed object. It does not wait for a commit, so the event loop may call it."""
        with self._reading:
            row = self._reader.execute(_SELECT_OBJECTS + "bucket = ? AND name = ?", (bucket, name)).fetchone()
        return _to_object(row) if row else None

    def list_objects(self, bucket: str, *, start: str, end: str | None, limit: int) -> list[Object]:
        """Return objects with `start` <= name < `end`, in the order of their UTF-8 bytes."""
        condition = "bucket = ? AND name >= ?" + ("" if end is None else " AND name < ?")
        statement = _SELECT_OBJECTS + condition + " ORDER BY name LIMIT ?"
        bounds = (start,) if end is None else (start, end)
        return [_to_object(row) for row in self._all(statement, bucket, *bounds, limit)]

    def put_object(self, new: Object) -> None:
        """Insert or replace an object."""
        values = (
            new.bucket, new.name, new.generation, new.metageneration, new.size, new.md5, new.crc32c, new.blob,
            new.created, new.updated, new.components, json.dumps(dict(new.fields)),
        )  # fmt: skip
        with self._lock:
            self._connection.execute(_PUT_OBJECT, values)

    def delete_object(self, bucket: str, name: str) -> None:
        with self._lock:
            self._connection.execute("DELETE FROM objects WHERE bucket = ? AND name = ?", (bucket, name))

    # Upload sessions

    def get_upload(self, upload_id: str) -> Upload | None:
        row = self._one(
            "SELECT id, bucket, name, blob, total_size, resource, preconditions, result FROM uploads"
            " WHERE id = ?",
            upload_id,
        )
        if row is None:
            return None
        upload_id, bucket, name, blob, total_size, resource, preconditions, result = row
        return Upload(
            upload_id,
            bucket,
            name,
            blob,
            total_size,
            json.loads(resource),
            json.loads(preconditions),
            json.loads(result) if result else None,
        )

    def put_upload(self, upload: Upload) -> None:
        with self._lock:
            self._connection.execute(
                "INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    upload.id,
                    upload.bucket,
                    upload.name,
                    upload.blob,
                    upload.total_size,
                    json.dumps(dict(upload.resource)),
                    json.dumps(dict(upload.preconditions)),
                    time.time(),
                ),
            )

    def finish_upload(self, upload_id: str, result: Mapping[str, Any]) -> None:
        """Keep the result of a session; its blob now belongs to the object."""
        with self._lock:
            self._connection.execute(
                "UPDATE uploads SET result = ? WHERE id = ?", (json.dumps(dict(result)), upload_id)
            )

    def delete_upload(self, upload_id: str) -> None:
        with self._lock:
            self._connection.execute("DELETE FROM uploads WHERE id = ?", (upload_id,))

    def delete_uploads_before(self, time_seconds: float) -> list[str]:
        """Delete old sessions; return the blobs of those that did not finish."""
        with self.transaction():
            blobs = self._all("SELECT blob FROM uploads WHERE started < ? AND result IS NULL", time_seconds)
            self._connection.execute("DELETE FROM uploads WHERE started < ?", (time_seconds,))
        return [blob for (blob,) in blobs]

    # Consistency

    def object_blobs(self) -> dict[str, tuple[str, int]]:
        """Return `bucket/name` and size of the object of every blob."""
        return {
            blob: (f"{bucket}/{name}", size)
            for blob, bucket, name, size in self._all("SELECT blob, bucket, name, size FROM objects")
        }

    def upload_blobs(self) -> set[str]:
        return {blob for (blob,) in self._all("SELECT blob FROM uploads WHERE result IS NULL")}

    def lost_blobs(self) -> dict[str, int]:
        """Return blob and size of the objects that `hide` removed."""
        return dict(self._all("SELECT blob, size FROM lost_objects"))

    def hide(self, blobs: Iterable[str]) -> None:
        """Remove objects whose contents are missing, but keep their rows for `restore`."""
        with self.transaction():
            for blob in blobs:
                hide = "INSERT OR REPLACE INTO lost_objects SELECT * FROM objects WHERE blob = ?"
                self._connection.execute(hide, (blob,))
                self._connection.execute("DELETE FROM objects WHERE blob = ?", (blob,))

    def restore(self, blobs: Iterable[str]) -> None:
        """Bring hidden objects back, unless their names are used again."""
        with self.transaction():
            for blob in blobs:
                restore = "INSERT OR IGNORE INTO objects SELECT * FROM lost_objects WHERE blob = ?"
                self._connection.execute(restore, (blob,))
                self._connection.execute("DELETE FROM lost_objects WHERE blob = ?", (blob,))

    def copy_from(self, path: Path) -> int:
        """Copy the readable buckets and objects of another index; return the number of new objects.

        Objects that this index has already are kept.
        """
        copied = 0
        with closing(sqlite3.connect(path)) as other, self.transaction():
            for table in ("buckets", "objects"):
                with suppress(sqlite3.DatabaseError):
                    for row in other.execute(f"SELECT * FROM {table}"):  # noqa: S608 - two fixed names
                        values = ", ".join("?" * len(row))
                        insert = f"INSERT OR IGNORE INTO {table} VALUES ({values})"  # noqa: S608
                        cursor = self._connection.execute(insert, row)
                        copied += cursor.rowcount if table == "objects" else 0
        return copied

    def back_up(self, path: Path) -> None:
        """Write a copy of the index, which replaces an earlier one at once."""
        written = path.with_suffix(".new")
        written.unlink(missing_ok=True)
        with self._lock, closing(sqlite3.connect(written)) as copy:
            self._connection.backup(copy)
        written.chmod(_PRIVATE)
        written.replace(path)

    def check(self) -> bool:
        """Return whether SQLite finds the file consistent."""
        return self._one("PRAGMA quick_check(1)") == ("ok",)

    def _one(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        with self._lock:
            row: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
            return row

    def _all(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def _to_object(row: tuple[Any, ...]) -> Object:
    columns: list[Any] = [*row[:-1], json.loads(row[-1])]
    return Object(*columns)
