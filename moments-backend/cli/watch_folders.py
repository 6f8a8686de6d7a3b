"""`videomoments watch-folders`: show the folders of `WATCH_DIR`."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output

if TYPE_CHECKING:
    from app.models.watch_folder import WatchFolderRecord, WatchProblem

EPILOG = """
Workers scan the folders every WATCH_INTERVAL_SECONDS and register new, complete videos. Files stay where
they are, and deleting a file does not delete its video.

**Exit codes**

    0    all folders are available, and no file failed
    1    a folder is unavailable, or a file failed
    3    database unavailable
"""


def watch_folders(
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON in the format of the API.")] = False,
) -> None:
    """Show the watch folders with their counts and problems."""
    output.force_utf8_streams()
    records = asyncio.run(_read())
    if json_output:
        output.print_json([record.model_dump(mode="json") for record in records])
    elif records:
        _print(records)
    else:
        output.print_stderr("No watch folders. Name some in the setting WATCH_DIR")
    if any(record.state == "unavailable" or record.failed for record in records):
        raise typer.Exit(1)


async def _read() -> "list[WatchFolderRecord]":
    # Not needed for help and usage errors.
    from app.services.watch_folders.service import list_watch_folders  # noqa: PLC0415
    from cli.audit_record import open_database  # noqa: PLC0415

    async with open_database() as settings:
        return await list_watch_folders(settings)


def _print(records: "list[WatchFolderRecord]") -> None:
    from cli.runs.table import print_table  # noqa: PLC0415
    from cli.subscription_output import add_row, make_table  # noqa: PLC0415

    counts = ("added", "known", "waiting", "missing", "failed")
    table = make_table("folder", "state", *counts)
    for record in records:
        add_row(table, (record.folder, record.state, *(getattr(record, name) for name in counts)))
    print_table(table)
    for record in records:
        problems: list[tuple[str, WatchProblem]] = [(problem.path, problem) for problem in record.problems]
        if record.error is not None:
            problems.insert(0, (record.folder, record.error))
        for name, problem in problems:
            remedy = f" ({problem.remedy})" if problem.remedy else ""
            output.print_stderr(f"{name}: {problem.detail}{remedy}")
