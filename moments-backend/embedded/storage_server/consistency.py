"""Checks at the start: the index is readable, every object has its content, and nothing else is kept.

Problems are logged by name, and the other objects are served.
"""

import logging
import sqlite3
import time
from pathlib import Path

from embedded.storage_server.blobs import BlobDirectory
from embedded.storage_server.index import Index

logger = logging.getLogger(__name__)

_PRIMARY_CODE = 0xFF
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BACKUP = "index.backup.sqlite3"
_DAMAGED = "index.damaged-{}.sqlite3"


def open_index(path: Path, *, durable: bool) -> Index:
    """Open the index; replace a damaged one by its readable rows and those of the last backup."""
    try:
        index = Index(path, durable=durable)
        if index.check():
            return index
        index.close()
        logger.error("index %s is damaged: it fails SQLite's consistency check", path)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & _PRIMARY_CODE not in _DAMAGE:  # such as a full disk
            raise
        logger.error("index %s is damaged: %s", path, error)  # noqa: TRY400 - the traceback adds nothing
    return _rebuild(path, durable=durable)


def _rebuild(path: Path, *, durable: bool) -> Index:
    """Start a new index; the damaged files are kept beside it."""
    damaged = path.with_name(_DAMAGED.format(time.time_ns()))
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(damaged.with_name(damaged.name + suffix))
    index = Index(path, durable=durable)
    recovered = index.copy_from(damaged)
    backup = path.with_name(_BACKUP)
    from_backup = index.copy_from(backup) if backup.exists() else 0
    logger.error(
        "the index was rebuilt: %d objects recovered, %d from its backup; the damaged file is kept as %s",
        recovered,
        from_backup,
        damaged.name,
    )
    return index


def check_contents(index: Index, blobs: BlobDirectory, path: Path) -> None:
    """Hide objects without content, and delete contents that no object or upload session has.

    After a damaged index, contents without a row may be lost objects, so none is deleted.

    Args:
        path: the index file; its backup is written beside it.
    """
    sizes = blobs.sizes()
    index.restore([blob for blob, size in index.lost_blobs().items() if sizes.get(blob) == size])
    objects = index.object_blobs()
    lost = [blob for blob, (_, size) in objects.items() if sizes.get(blob) != size]
    for blob in lost:
        name, size = objects[blob]
        problem = "is missing" if blob not in sizes else f"has {sizes[blob]} instead of {size} bytes"
        logger.error("the content of object %s %s; upload it again", name, problem)
    index.hide(lost)
    if any(path.parent.glob(_DAMAGED.format("*"))):
        logger.warning(
            "contents without an object are kept; delete %s to remove them",
            path.parent / _DAMAGED.format("*"),
        )
    else:
        used = objects.keys() | index.upload_blobs() | index.lost_blobs().keys()
        for blob in sizes.keys() - used:
            blobs.delete(blob)
    index.back_up(path.with_name(_BACKUP))
