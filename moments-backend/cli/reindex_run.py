"""Execution of `videomoments reindex`."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from app.core.concurrency import cancel_and_wait
from app.core.config import get_settings
from app.core.exceptions import ExitCode
from app.services.search.passage_backlog import PassageBacklogProcessor
from app.services.search.reindex import (
    SearchBacklogProcessor,
    add_to_backlog,
    count_backlog,
    count_passage_backlog,
)
from cli import output
from cli.pipeline import open_pipeline

TERMINAL_SECONDS = 1.0
LINE_SECONDS = 10.0


def run(videos: Sequence[str]) -> int:
    """Index `videos`, or all videos; return the exit code."""
    return asyncio.run(_run(videos))


async def _run(videos: Sequence[str]) -> int:
    async with open_pipeline(get_settings()) as pipeline:
        await add_to_backlog(videos)
        processor = SearchBacklogProcessor(pipeline.rebuild_index, newest_first=False)
        async with _progress("Words", count_backlog):
            while await processor.process_next():
                pass
        async with _progress("Meaning", count_passage_backlog):
            await PassageBacklogProcessor(pipeline.passages).process()
        remaining = await count_passage_backlog()
    if remaining:
        output.print_stderr(
            f"Passages of {remaining} videos are not embedded: the search finds their words only."
        )
    return ExitCode.SOME_FAILED if processor.failures else ExitCode.OK


@asynccontextmanager
async def _progress(title: str, count_remaining: Callable[[], Awaitable[int]]) -> AsyncIterator[None]:
    """Print the number of indexed videos at intervals during the block, and at its end."""
    total = await count_remaining()
    seconds = TERMINAL_SECONDS if sys.stderr.isatty() else LINE_SECONDS

    async def show() -> None:
        while True:
            await asyncio.sleep(seconds)
            output.print_stderr(
                f"{title}: {max(total - await count_remaining(), 0)} of {total} videos indexed"
            )

    showing = asyncio.create_task(show())
    try:
        yield
    finally:
        await cancel_and_wait(showing)
    output.print_stderr(f"{title}: {total - min(await count_remaining(), total)} of {total} videos indexed")
