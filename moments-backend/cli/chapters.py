"""`videomoments chapters`: show, export and reset the chapters of a video."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.remote.server import selected

if TYPE_CHECKING:
    from app.models.chapter import ChapterRead
    from app.services.chapters.service import ChapterList

EPILOG = """
The chapters are those edited by a user, otherwise those of the site or the file, otherwise the topics of the
transcript. `--reset` discards the edits.

**Examples**

    videomoments chapters talk            lines for the description of a video: 00:00 Title
    videomoments chapters talk --vtt      WebVTT, for players
    videomoments chapters talk --reset

**Exit codes**

    0    done
    1    the video does not exist, or a server failed
    2    usage error
    3    could not start: servers unavailable
"""


def chapters(
    video: Annotated[str, typer.Argument(metavar="ID", help="The id of a video.")],
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON in the format of the API.")] = False,
    vtt: Annotated[bool, typer.Option("--vtt", help="Print WebVTT.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Discard edits first.")] = False,
) -> None:
    """Print the chapters of a video, or reset them."""
    if json_output and vtt:
        raise typer.BadParameter("give only one of --json and --vtt")
    output.force_utf8_streams()
    found = _load(video, is_reset=reset)
    if json_output:
        output.print_json([chapter.model_dump(mode="json") for chapter in found])
        return
    from app.services.chapters.text_formats import to_description, to_vtt  # noqa: PLC0415

    output.print_stdout(to_vtt(found) if vtt else to_description(found))
    if not found:
        output.print_stderr(f"{video!r} has no chapters")


def _load(video: str, *, is_reset: bool) -> "list[ChapterRead]":
    server = selected()
    if server is None:
        return asyncio.run(_run(video, is_reset=is_reset)).chapters
    if is_reset:
        raise typer.BadParameter("--reset works on the library of this machine only")
    from cli.remote import read  # noqa: PLC0415 - not needed for help

    return read.chapters(server, video)


async def _run(video: str, *, is_reset: bool) -> "ChapterList":
    # Not needed for help and usage errors.
    from app.core.config import get_settings  # noqa: PLC0415
    from app.services.container import AppContainer  # noqa: PLC0415
    from cli.audit_record import record_change  # noqa: PLC0415

    async with AppContainer(get_settings()) as container:
        if not is_reset:
            return await container.chapters.list_for(video)
        remaining = await container.chapters.reset(video)
        await record_change(container.settings, "chapters.reset", "video", video)
        return remaining
