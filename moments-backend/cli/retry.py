"""`videomoments retry`: resume a failed or cancelled run."""

import asyncio
from typing import Annotated

import typer

from cli import output
from cli.run_kind import Kind, KindName, kind_details

EPILOG = """
Completed stages are not repeated.

**Example**

    videomoments retry talk --follow

**Exit codes**

    0    queued; with --follow: the run is complete
    1    nothing to retry; with --follow: the run failed again
    2    usage error
    3    database unavailable
    130  Ctrl-C; the run continues
"""


def retry(
    video: Annotated[str, typer.Argument(help="The id of a video.")],
    *,
    kind: Kind = "moments",
    follow: Annotated[bool, typer.Option("--follow", help="Follow the run until it ends.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON in the format of the API.")] = False,
) -> None:
    """Resume a failed or cancelled run at the stage where it ended."""
    # Not needed for help and usage errors.
    from cli.run_follower import follow_run  # noqa: PLC0415

    output.force_utf8_streams()
    if follow:
        raise typer.Exit(follow_run(video, kind=kind, as_json=json_output, is_retry=True))
    asyncio.run(_retry(video, kind, as_json=json_output))


async def _retry(video: str, kind: KindName, *, as_json: bool) -> None:
    from app.core.config import get_settings  # noqa: PLC0415
    from cli.pipeline import open_pipeline  # noqa: PLC0415
    from cli.run_follower import NO_WORKER  # noqa: PLC0415
    from cli.runs.text import run_line  # noqa: PLC0415

    async with open_pipeline(get_settings()) as pipeline:
        state = await pipeline.run_service.retry(video, kind)
        await pipeline.record("run.retry", video, **kind_details(kind))
        has_worker = bool(await pipeline.count_workers())
    if as_json:
        output.print_json(state.model_dump(mode="json"))
    else:
        output.print_stdout(f"{run_line(state)}\n")
    if not has_worker:
        output.print_stderr(NO_WORKER)
