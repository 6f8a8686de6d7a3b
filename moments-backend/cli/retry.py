"""`videomoments retry`: goes on with a run that failed or was cancelled."""

import asyncio
import json
from typing import Annotated

import typer

from cli import output

EPILOG = """
What is complete is not done again.

**Exit codes**

    0    in the queue; with --follow: the run is complete
    1    there is nothing to retry; with --follow: the run failed again
    2    the command was called wrongly
    3    the database is away
    130  Ctrl-C; the run goes on
"""


def retry(
    video: Annotated[str, typer.Argument(help="The id of a video.")],
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Show the run until it has ended.")] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="JSON, in the shape that the API answers.")
    ] = False,
) -> None:
    """Go on with a run that failed or was cancelled, at the stage where it ended."""
    # Help and usage errors need none of this.
    from cli.run_follower import follow_run  # noqa: PLC0415

    output.force_utf8_streams()
    if follow:
        raise typer.Exit(follow_run(video, as_json=json_output, is_retry=True))
    asyncio.run(_retry(video, as_json=json_output))


async def _retry(video: str, *, as_json: bool) -> None:
    from app.core.config import get_settings  # noqa: PLC0415
    from cli.pipeline import open_pipeline  # noqa: PLC0415
    from cli.run_follower import NO_WORKER  # noqa: PLC0415
    from cli.runs.text import run_line  # noqa: PLC0415

    async with open_pipeline(get_settings()) as pipeline:
        state = await pipeline.submission.retry(video)
        has_worker = bool(await pipeline.count_workers())
    if as_json:
        output.print_stdout(f"{json.dumps(state.model_dump(mode='json'), indent=2, ensure_ascii=False)}\n")
    else:
        output.print_stdout(f"{run_line(state)}\n")
    if not has_worker:
        output.print_stderr(NO_WORKER)
