"""`videomoments trash`: list, restore and empty the trash."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output

if TYPE_CHECKING:
    from app.models.bulk import BulkOperationRead
    from app.models.trash import TrashedVideo

EPILOG = """
Deleted videos stay in the trash for TRASH_DAYS (30) days, with everything made from them.

**Examples**

    videomoments trash list
    videomoments trash restore lecture-7 lecture-8
    videomoments trash empty

**Exit codes**

    0    done
    1    a video does not exist, or emptying was not confirmed
    2    usage error
    3    database unavailable
"""

PAGE = 1000

app = typer.Typer(
    no_args_is_help=True,
    help="List, restore and empty the trash.",
    epilog=EPILOG,
    rich_markup_mode="markdown",
)
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_(*, json_output: JsonOption = False) -> None:
    """List the videos in the trash, the last deleted one first."""
    output.force_utf8_streams()
    videos = asyncio.run(_list())
    if json_output:
        output.print_json([video.model_dump(mode="json") for video in videos])
    elif videos:
        _print_table(videos)
    else:
        output.print_stderr("The trash is empty.")


@app.command()
def restore(
    videos: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of videos in the trash.")],
    *,
    json_output: JsonOption = False,
) -> None:
    """Restore videos from the trash."""
    output.force_utf8_streams()
    operation = asyncio.run(_restore(videos))
    if json_output:
        output.print_json(operation.model_dump(mode="json"))
    else:
        output.print_stdout(f"Restored: {operation.changed}\n")
        for failure in operation.failures:
            output.print_stderr(f"{failure.video_id}: {failure.detail}")
    if operation.failed:
        raise typer.Exit(1)


@app.command()
def empty(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    delete_local: Annotated[
        bool,
        typer.Option(
            "--delete-local", help="Delete local files, too; otherwise the next migration adds them again."
        ),
    ] = False,
    json_output: JsonOption = False,
) -> None:
    """Delete all videos in the trash for good. A worker removes their bytes."""
    output.force_utf8_streams()
    total, size, as_of = asyncio.run(_preview())
    if total and not yes:
        question = f"Delete {total} videos ({size / 1e9:.1f} GB) for good?"
        if not typer.confirm(question, err=True):
            raise typer.Exit(1)
    operation = asyncio.run(_empty(total, as_of, delete_local=delete_local))
    if json_output:
        output.print_json(operation.model_dump(mode="json"))
    else:
        output.print_stdout(f"Deleted: {operation.total}\n")


async def _list() -> "list[TrashedVideo]":
    from app.core.config import get_settings  # noqa: PLC0415
    from cli.pipeline import open_pipeline  # noqa: PLC0415

    async with open_pipeline(get_settings()) as pipeline:
        videos, after = [], None
        while True:
            page, after = await pipeline.trash.list_page(limit=PAGE, after=after)
            videos += page.videos
            if after is None:
                return videos


async def _restore(videos: list[str]) -> "BulkOperationRead":
    from app.core.config import get_settings  # noqa: PLC0415
    from app.models.bulk import BulkRequest  # noqa: PLC0415
    from cli.pipeline import open_pipeline  # noqa: PLC0415

    async with open_pipeline(get_settings()) as pipeline:
        operation = await pipeline.bulk.request(BulkRequest(action="restore", ids=videos))
        await _record("video.restore", operation)
        return operation


async def _preview() -> tuple[int, int, datetime]:
    from app.core.config import get_settings  # noqa: PLC0415
    from cli.pipeline import open_pipeline  # noqa: PLC0415

    async with open_pipeline(get_settings()) as pipeline:
        page, _ = await pipeline.trash.list_page(limit=1)
        return page.total, page.size_bytes, page.as_of


async def _empty(expected: int, before: datetime, *, delete_local: bool) -> "BulkOperationRead":
    from app.core.config import get_settings  # noqa: PLC0415
    from cli.pipeline import open_pipeline  # noqa: PLC0415

    async with open_pipeline(get_settings()) as pipeline:
        operation = await pipeline.bulk.empty_trash(
            before=before, expected=expected, delete_local=delete_local
        )
        await _record("trash.empty", operation)
        return operation


async def _record(action: str, operation: "BulkOperationRead", **details: Any) -> None:
    from app.core.config import get_settings  # noqa: PLC0415
    from cli.audit_record import record_change  # noqa: PLC0415

    await record_change(get_settings(), action, "operation", operation.id, videos=operation.total, **details)


def _print_table(videos: "list[TrashedVideo]") -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from cli.runs.table import print_table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "title", "deleted", "days left", "MB"):
        table.add_column(heading, no_wrap=True)
    for video in videos:
        size = "-" if video.size_bytes is None else f"{video.size_bytes / 1e6:.1f}"
        deleted = f"{video.deleted_at.astimezone():%Y-%m-%d %H:%M}"
        cells = (video.id, video.title, deleted, str(video.days_left), size)
        table.add_row(*map(Text, cells))
    print_table(table)
