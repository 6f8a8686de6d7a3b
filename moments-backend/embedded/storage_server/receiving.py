"""Request bodies that become the contents of objects."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from app.core.concurrency import run_in_thread
from embedded.storage_server.blobs import BlobWriter
from embedded.storage_server.resources import Object, Preconditions
from embedded.storage_server.store import Store

BATCH_BYTES = 2 * 1024 * 1024
MAX_BLOCKS = 1024
"""Longest list of small blocks, such as those of a chunked body."""


async def receive_into(writer: BlobWriter, blocks: AsyncIterator[bytes]) -> None:
    """Write a body to a blob; one batch is written in a thread while the next one arrives.

    Whatever ends the body early, the blocks received before are written.
    """
    pending: list[bytes] = []
    size = 0
    writing: asyncio.Task[None] | None = None
    try:
        async for block in blocks:
            pending.append(block)
            size += len(block)
            if size >= BATCH_BYTES or len(pending) >= MAX_BLOCKS:
                if writing is not None:
                    await writing
                writing = asyncio.create_task(run_in_thread(writer.append, pending))
                pending, size = [], 0
    finally:
        if writing is not None:
            await writing
        if pending:
            await run_in_thread(writer.append, pending)


async def receive_object(
    store: Store,
    bucket: str,
    name: str,
    resource: Mapping[str, Any],
    preconditions: Preconditions,
    blocks: AsyncIterator[bytes],
    *,
    size: int | None,
) -> Object:
    """Store a body as an object; nothing remains if it fails.

    Args:
        size: length of the body, if known.
    """
    await run_in_thread(store.check_insert, bucket, name, preconditions, size)
    blob = store.blobs.new_name()
    writer = await run_in_thread(BlobWriter, store.blobs, blob)
    try:
        await receive_into(writer, blocks)
        return await run_in_thread(store.insert, bucket, name, writer, resource, preconditions)
    except BaseException:
        await run_in_thread(store.blobs.delete, blob)
        raise
    finally:
        writer.close()
