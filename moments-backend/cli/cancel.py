"""`videomoments cancel`: ends the run of a video."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output

if TYPE_CHECKING:
    from app.models.pipeline import RunState
    from cli.pipeline import Pipeline

EPILOG = """
What is complete of the run stays, and `videomoments retry` goes on from there.

**Exit codes**

    0    cancelled, or its worker was asked to stop and has not answered yet
    1    the video has no run, or its run has ended
    2    the command was called wrongly
    3    the database is away
"""

ANSWER_SECONDS = 30.0
"""How long the worker's answer is waited for; it stops within a few seconds, and a
silent one loses its run within a minute."""


def cancel(
    video: Annotated[str, typer.Argument(help="The id of a video.")],
    *,
    json_output: Annotated[
        bool, typer.Option("--json", help="JSON, in the shape that the API answers.")
    ] = False,
) -> None:
    """End the run of a video: at once when it waits, within seconds when a worker has it."""
    output.force_utf8_streams()
    asyncio.run(_cancel(video, as_json=json_output))


async def _cancel(video: str, *, as_json: bool) -> None:
    # Help and usage errors need none of this.
    from app.core.config import get_settings  # noqa: PLC0415
    from cli.pipeline import open_pipeline  # noqa: PLC0415
    from cli.runs.text import run_line  # noqa: PLC0415

    async with open_pipeline(get_settings()) as pipeline:
        state = await _ended(pipeline, await pipeline.submission.cancel(video))
    if as_json:
        output.print_stdout(f"{json.dumps(state.model_dump(mode='json'), indent=2, ensure_ascii=False)}\n")
    else:
        output.print_stdout(f"{run_line(state)}\n")
    if state.is_active:
        output.print_stderr(f"its worker was asked to stop, and had not done so after {ANSWER_SECONDS:g} s")


async def _ended(pipeline: "Pipeline", state: "RunState") -> "RunState":
    """The state in which the run ends; or the last one, when its worker does not answer."""
    from contextlib import aclosing, suppress  # noqa: PLC0415

    with suppress(TimeoutError):
        async with (
            asyncio.timeout(ANSWER_SECONDS),
            aclosing(pipeline.watching.subscribe(state.video_id, first=state)) as states,
        ):
            async for following in states:
                state = following
    return state
