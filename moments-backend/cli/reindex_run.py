"""Execution of `videomoments reindex`."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from app.core.concurrency import cancel_and_wait
from app.core.config import get_settings
from app.core.exceptions import ExitCode, VideoMomentsError
from app.services.search.passage_backlog import PassageBacklogProcessor
from app.services.search.reindex import (
    SearchBacklogProcessor,
    Step,
    add_to_backlog,
    count_backlog,
    count_passage_backlog,
)
from cli import output
from cli.pipeline import open_pipeline

TERMINAL_SECONDS = 1.0
LINE_SECONDS = 10.0
MAX_OUTAGES = 3
"""Consecutive videos that fail because a service is unavailable, until the command stops."""


def run(videos: Sequence[str], *, as_json: bool = False) -> int:
    """Index `videos`, or all videos; return the exit code."""
    return asyncio.run(_run(videos, as_json=as_json))


async def _run(videos: Sequence[str], *, as_json: bool) -> int:
    async with open_pipeline(get_settings()) as pipeline:
        await add_to_backlog(videos)
        processor = SearchBacklogProcessor(pipeline.rebuild_index, newest_first=False)
        async with _progress("Words", count_backlog):
            await _index_all(processor)
        async with _progress("Meaning", count_passage_backlog):
            await PassageBacklogProcessor(pipeline.passages).process()
        remaining = await count_passage_backlog()
    if remaining:
        output.print_stderr(
            f"Passages of {remaining} videos are not embedded: the search finds their words only."
        )
    if as_json:
        output.print_json({"failed": _causes(processor.failed), "without_meaning": remaining})
    return _report(processor.failed)


def _causes(failed: Mapping[str, Exception]) -> list[dict[str, str]]:
    return [{"id": identifier, "cause": str(error)} for identifier, error in failed.items()]


async def _index_all(processor: SearchBacklogProcessor) -> None:
    """Index the videos of the backlog; see `processor.failed` for those that failed.

    Raises:
        VideoMomentsError: the database or the bucket is unavailable, so that each further video would fail.
    """
    outages, has_indexed = 0, False
    while (step := await processor.process_next()) is not Step.NONE_LEFT:
        error = next(reversed(processor.failed.values()), None)
        is_outage = step is Step.POSTPONED and _is_outage(error)
        outages = outages + 1 if is_outage else 0
        has_indexed = has_indexed or not is_outage
        if outages >= MAX_OUTAGES and error is not None:
            raise error
    if outages and not has_indexed:
        raise next(reversed(processor.failed.values()))


def _is_outage(error: Exception | None) -> bool:
    return isinstance(error, VideoMomentsError) and error.exit_code is ExitCode.CONFIGURATION


def _report(failed: Mapping[str, Exception]) -> int:
    """Print the videos that failed with their causes; return the exit code."""
    if not failed:
        return ExitCode.OK
    output.print_stderr("1 video not indexed:" if len(failed) == 1 else f"{len(failed)} videos not indexed:")
    for identifier, error in failed.items():
        remedy = error.remedy if isinstance(error, VideoMomentsError) else None
        output.print_stderr(f"  {identifier}: {error}{f'. To solve it: {remedy}' if remedy else ''}")
    return ExitCode.SOME_FAILED


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
