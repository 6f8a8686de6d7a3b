"""`videomoments status`: show runs of all videos or of one."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.remote.server import Server, selected
from cli.run_kind import Kind, KindName

if TYPE_CHECKING:
    from app.models.pipeline import RunState
    from cli.pipeline import Pipeline

EPILOG = """
**Examples**

    videomoments status                  active runs and the latest ended ones
    videomoments status talk             the last run of a video, stage by stage
    videomoments status talk --follow    the same until it ends
    videomoments status talk --history   all its runs, newest first
    videomoments status talk --kind playback    the run of its last playback copy

**Exit codes**

    0    shown; with --follow: the run is complete
    1    the video has no run; with --follow: the run failed or was cancelled
    2    usage error
    3    database unavailable
    130  Ctrl-C; the run continues
"""


def status(
    video: Annotated[str | None, typer.Argument(help="The id of a video; all videos by default.")] = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Follow the run until it ends.")] = False,
    kind: Kind = "moments",
    history: Annotated[bool, typer.Option("--history", help="List the video's runs, newest first.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Maximum number of runs.")] = 20,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON in the format of the API.")] = False,
) -> None:
    """Show pipeline runs."""
    if video is None and (follow or history):
        raise typer.BadParameter("--follow and --history require VIDEO")
    if follow and history:
        raise typer.BadParameter("--follow and --history are mutually exclusive")
    # Not needed for help and usage errors.
    from cli.run_follower import follow_run  # noqa: PLC0415

    output.force_utf8_streams()
    if (server := selected()) is not None:
        _show_remote(server, video, kind, history=history, follow=follow, limit=limit, as_json=json_output)
        return
    if video is not None and follow:
        raise typer.Exit(follow_run(video, kind=kind, as_json=json_output))
    asyncio.run(_show(video, kind, history=history, limit=limit, as_json=json_output))


def _show_remote(
    server: Server,
    video: str | None,
    kind: KindName,
    *,
    history: bool,
    follow: bool,
    limit: int,
    as_json: bool,
) -> None:
    from cli.remote import read  # noqa: PLC0415

    if follow:
        raise typer.BadParameter("--follow works on the library of this machine only; `add` follows its runs")
    if video is not None and not history:
        _print_state(read.run_state(server, video, kind), as_json=as_json)
    else:
        states = (
            read.runs(server, limit=limit) if video is None else read.run_history(server, video, kind)[:limit]
        )
        _print_states(states, as_json=as_json)


async def _show(video: str | None, kind: KindName, *, history: bool, limit: int, as_json: bool) -> None:
    from app.core.config import get_settings  # noqa: PLC0415
    from cli.pipeline import open_pipeline  # noqa: PLC0415

    async with open_pipeline(get_settings()) as pipeline:
        if video is None:
            await _show_runs(pipeline, None, kind, limit, as_json=as_json)
        elif history:
            await _show_runs(pipeline, video, kind, limit, as_json=as_json)
        else:
            await _show_one(pipeline, video, kind, as_json=as_json)


async def _show_runs(
    pipeline: "Pipeline", video: str | None, kind: KindName, limit: int, *, as_json: bool
) -> None:
    if video is None:
        states = await pipeline.run_reader.list_overview(limit)
    else:
        states = (await pipeline.run_reader.history(video, kind))[:limit]
    _print_states(states, as_json=as_json)


def _print_states(states: "list[RunState]", *, as_json: bool) -> None:
    from app.core.clock import utc_now  # noqa: PLC0415
    from cli.runs.table import print_table, run_list  # noqa: PLC0415

    if as_json:
        output.print_json([state.model_dump(mode="json") for state in states])
    elif states:
        print_table(run_list(states, utc_now()))
    else:
        output.print_stderr("No runs yet. Start one with: videomoments add FILE, LINK or ID")


async def _show_one(pipeline: "Pipeline", video: str, kind: KindName, *, as_json: bool) -> None:
    from cli.run_follower import NO_WORKER  # noqa: PLC0415

    state = await pipeline.run_reader.state(video, kind)
    _print_state(state, as_json=as_json)
    if not as_json and state.is_active and not await pipeline.count_workers():
        output.print_stderr(NO_WORKER)


def _print_state(state: "RunState", *, as_json: bool) -> None:
    from app.core.clock import utc_now  # noqa: PLC0415
    from cli.runs.table import print_table, run_table  # noqa: PLC0415
    from cli.runs.text import failure_lines  # noqa: PLC0415

    if as_json:
        output.print_json(state.model_dump(mode="json"))
        return
    print_table(run_table(state, utc_now()))
    for line in failure_lines(state):
        output.print_stdout(f"{line}\n")
