"""`videomoments list`: list the videos of the library."""

import asyncio
from enum import StrEnum
from typing import Annotated, Any

import typer

from cli import output
from cli.remote.server import selected

EPILOG = """
**Examples**

    videomoments list                          the newest videos
    videomoments list tides --sort title       videos with a word in title, id or tags
    videomoments list --tag physics --limit 100
    videomoments list --json | jq -r '.[].id'

**Exit codes**

    0    done, with or without videos
    2    usage error
    3    database or server unavailable
"""

MAX_LIMIT = 1000


class Sort(StrEnum):
    ADDED = "created_at"
    TITLE = "title"
    DURATION = "duration_seconds"
    RECORDED = "recorded_at"
    SIZE = "size_bytes"
    ID = "id"


def list_videos(
    words: Annotated[
        list[str] | None, typer.Argument(help="Words in title, id or tags.", show_default=False)
    ] = None,
    *,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", help="A tag; repeatable, all must match.", show_default=False)
    ] = None,
    folder: Annotated[
        str | None, typer.Option("--folder", help="A folder, with its subfolders.", show_default=False)
    ] = None,
    sort: Annotated[
        Sort, typer.Option("--sort", help="Order; times and sizes from the largest.")
    ] = Sort.ADDED,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=MAX_LIMIT, help="Maximum number of videos.")
    ] = 50,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON in the format of the API.")] = False,
) -> None:
    """List the videos of the library."""
    # Not needed for help and usage errors.
    from cli.remote import read  # noqa: PLC0415

    output.force_utf8_streams()
    asked: dict[str, Any] = {
        "q": " ".join(words) if words else None,
        "tag": tag or None,
        "folder": folder,
        "sort": sort.value,
        "order": "asc" if sort in {Sort.TITLE, Sort.ID} else "desc",
        "limit": limit,
    }
    server = selected()
    videos = asyncio.run(_load(asked)) if server is None else read.videos(server, **asked)
    if json_output:
        output.print_json(videos)
    elif videos:
        _print(videos)
    else:
        output.print_stderr("No videos found. Add some with: videomoments add FILE or LINK")


async def _load(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the page that the API would return."""
    import orjson  # noqa: PLC0415
    from pydantic import ValidationError  # noqa: PLC0415

    from app.api.params.video_list import VideoListParams  # noqa: PLC0415
    from app.core.exceptions import InvalidRequestError  # noqa: PLC0415
    from app.database.read_pool import ReadPool  # noqa: PLC0415
    from app.services.library.listing import VideoListing  # noqa: PLC0415
    from cli.audit_record import open_database  # noqa: PLC0415

    given = {name: value for name, value in asked.items() if value is not None}
    try:
        params = VideoListParams(**given, details=True)
    except ValidationError as error:
        raise InvalidRequestError(error.errors()[0]["msg"].removeprefix("Value error, ")) from error
    async with open_database() as settings:
        pool = ReadPool(settings)
        try:
            listing = await VideoListing.prepare(pool, settings, params.to_query())
            body, _ = await listing.page(asked["limit"])
        finally:
            await pool.close()
    found: list[dict[str, Any]] = orjson.loads(body)
    return found


def _print(videos: list[dict[str, Any]]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from app.core.terminal_text import escape_control_characters  # noqa: PLC0415
    from cli.runs.text import clock  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Title", overflow="fold", ratio=1)
    table.add_column("Length", justify="right", no_wrap=True)
    table.add_column("Added", no_wrap=True)
    table.add_column("Id", overflow="fold", style="dim")
    for video in videos:
        seconds = video.get("duration_seconds")
        table.add_row(
            escape_control_characters(video["title"]),
            "" if seconds is None else clock(seconds),
            str(video.get("created_at") or "")[:10],
            escape_control_characters(video["id"]),
        )
    Console(highlight=False).print(table)
