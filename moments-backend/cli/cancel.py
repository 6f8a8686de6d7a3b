"""`videomoments cancel`: cancel the run of a video."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.run_kind import Kind, KindName, kind_details

if TYPE_CHECKING:
    from app.models.pipeline import RunState
    from cli.pipeline import Pipeline

EPILOG = """
Results of completed stages are kept; `videomoments retry` resumes after them.

**Examples**

    videomoments cancel talk
    videomoments cancel talk --kind playback

**Exit codes**

    0    cancelled, or requested but not yet confirmed by the worker
    1    the video has no active run
    2    usage error
    3    database unavailable
"""

CONFIRM_SECONDS = 30.0
"""Wait for the worker's confirmation. A worker stops within seconds; a dead one loses its run in a minute."""


def cancel(
    video: Annotated[str, typer.Argument(help="The id of a video.")],
    *,
    kind: Kind = "moments",
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON in the format of the API.")] = False,
) -> None:
    """Cancel the run of a video: at once if queued, within seconds if a worker has it."""
    output.force_utf8_streams()
    asyncio.run(_cancel(video, kind, as_json=json_output))


async def _cancel(video: str, kind: KindName, *, as_json: bool) -> None:
    # Not needed for help and usage errors.
    from app.core.config import get_settings  # noqa: PLC0415
    from cli.pipeline import open_pipeline  # noqa: PLC0415
    from cli.runs.text import run_line  # noqa: PLC0415

    async with open_pipeline(get_settings()) as pipeline:
        cancelled = await pipeline.run_service.cancel(video, kind)
        await pipeline.record("run.cancel", video, **kind_details(kind))
        state = await _wait_for_end(pipeline, cancelled)
    if as_json:
        output.print_json(state.model_dump(mode="json"))
    else:
        output.print_stdout(f"{run_line(state)}\n")
    if state.is_active:
        output.print_stderr(
            f"Cancellation requested; the worker has not confirmed it after {CONFIRM_SECONDS:g} s"
        )


async def _wait_for_end(pipeline: "Pipeline", state: "RunState") -> "RunState":
    """Return the final state, or the last one if the worker does not confirm in time."""
    from contextlib import aclosing, suppress  # noqa: PLC0415

    with suppress(TimeoutError):
        async with (
            asyncio.timeout(CONFIRM_SECONDS),
            aclosing(pipeline.run_reader.subscribe(state.video_id, state.kind, first=state)) as states,
        ):
            async for newer in states:
                state = newer
    return state
