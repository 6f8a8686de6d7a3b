"""`videomoments search`: search transcripts, titles, moments and chapters."""

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.remote.server import selected

if TYPE_CHECKING:
    from rich.text import Text

    from app.models.search import SearchHit, SearchResults

EPILOG = """
Words may be in any order and any form. A phrase in quotes must occur exactly, and `-word` excludes hits; put
`--` before a query that begins with a minus. Hits by meaning alone are marked `~`.

**Examples**

    videomoments search spring tide
    videomoments search '"spring tide" -moon' --video why-the-tides-turn
    videomoments search --mode meaning why does the sea rise twice a day
    videomoments search moon --limit 100 --json

**Exit codes**

    0    done, with or without hits
    1    no video has the id of --video
    2    usage error
    3    database unavailable, or search by meaning requested but unavailable
"""

MAX_LIMIT = 100


class Mode(StrEnum):
    AUTO = "auto"
    WORDS = "words"
    MEANING = "meaning"


def search(
    words: Annotated[list[str], typer.Argument(help="Words to search for.", show_default=False)],
    *,
    video: Annotated[
        str | None, typer.Option("--video", help="Search in the video with this id only.", show_default=False)
    ] = None,
    mode: Annotated[
        Mode,
        typer.Option("--mode", help="By words, by meaning, or auto: words first and meaning second."),
    ] = Mode.AUTO,
    limit: Annotated[int, typer.Option("--limit", min=1, max=MAX_LIMIT, help="Maximum number of hits.")] = 20,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON in the format of the API.")] = False,
) -> None:
    """Search transcripts, titles, channels, descriptions, moments and chapters."""
    output.force_utf8_streams()
    query = " ".join(words)
    if (server := selected()) is not None:
        from cli.remote import read  # noqa: PLC0415 - not needed for help

        results = read.search(server, query, video=video, mode=mode.value, limit=limit)
    else:
        results = asyncio.run(_search(query, video, mode, limit))
    if json_output:
        output.print_json(results.model_dump(mode="json"))
    else:
        _print(results, in_video=video is not None)


async def _search(query: str, video: str | None, mode: Mode, limit: int) -> "SearchResults":
    # Not needed for help and usage errors.
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415

    from app.core.exceptions import InvalidRequestError  # noqa: PLC0415
    from app.database.read_pool import ReadPool  # noqa: PLC0415
    from app.models.search import SearchMode  # noqa: PLC0415
    from app.models.text import NoNulStr  # noqa: PLC0415
    from app.services.search.meaning import SEARCH_SETTINGS  # noqa: PLC0415
    from app.services.search.request import SearchRequest  # noqa: PLC0415
    from app.services.search.service import SearchService  # noqa: PLC0415
    from cli.audit_record import open_database  # noqa: PLC0415

    try:
        TypeAdapter(NoNulStr).validate_python(query)
    except ValidationError as error:
        raise InvalidRequestError(
            f"the query {error.errors()[0]['msg'].removeprefix('Value error, ')}"
        ) from error
    async with open_database() as settings:
        read_pool = ReadPool(settings, name="search", setup=SEARCH_SETTINGS)
        try:
            page = await SearchService(read_pool, settings).search(
                SearchRequest(query, mode=SearchMode(mode), video_id=video, limit=limit)
            )
        finally:
            await read_pool.close()
    return page.results


def _print(results: "SearchResults", *, in_video: bool) -> None:
    """Print one block per video, with a line for each hit."""
    from rich.console import Console  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=True)
    last: str | None = None
    for hit in results.hits:
        if hit.video.id != last and not in_video:
            console.print(_heading(hit))
        last = hit.video.id
        console.print(_line(hit))
    for notice in results.notices:
        output.print_stderr(notice.message)
    if len(results.hits) < results.total:
        output.print_stderr(f"{len(results.hits)} of {results.total} hits shown.")


def _heading(hit: "SearchHit") -> "Text":
    from rich.text import Text  # noqa: PLC0415

    from app.core.terminal_text import escape_control_characters  # noqa: PLC0415

    heading = Text(escape_control_characters(hit.video.title), style="bold")
    return heading.append(f"  {escape_control_characters(hit.video.id)}", style="not bold dim")


def _line(hit: "SearchHit") -> "Text":
    from rich.text import Text  # noqa: PLC0415

    from app.core.terminal_text import escape_control_characters  # noqa: PLC0415
    from app.models.search import HitKind, HitMatch  # noqa: PLC0415
    from cli.runs.text import clock  # noqa: PLC0415

    is_timed = hit.kind in {HitKind.SEGMENT, HitKind.MOMENT, HitKind.CHAPTER}
    line = Text(f"{clock(hit.start_time) if is_timed else '':>9}  ", style="dim")
    if hit.match is HitMatch.MEANING:
        line.append("~ ", style="dim")
    if hit.kind is not HitKind.SEGMENT:
        line.append(f"[{hit.kind.value}] ", style="dim")
    position = 0
    for start, end in hit.highlights:
        line.append(escape_control_characters(hit.text[position:start]), style="not dim")
        line.append(escape_control_characters(hit.text[start:end]), style="not dim bold yellow")
        position = end
    line.append(escape_control_characters(hit.text[position:]), style="not dim")
    if hit.more_in_video:
        line.append(f"  (+{hit.more_in_video} in this video)", style="dim")
    return line
