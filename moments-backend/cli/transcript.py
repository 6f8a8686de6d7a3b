"""`videomoments transcript`: show, export, import, undo and reset the transcript of a video."""

import asyncio
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.remote.server import selected

if TYPE_CHECKING:
    from app.models.transcript import Transcript
    from app.services.container import AppContainer
    from app.services.transcripts.caption_parser import CaptionFormat
    from app.services.transcripts.store import TranscriptOutcome

EPILOG = """
Corrections made in the app and imported transcripts survive later runs. `--reset` discards them.

`--import` reads SRT, WebVTT, plain text and JSON (of this library, OpenAI or Whisper) in any common encoding.
The content and the extension of the file determine its format. Words of plain text without times get the
times of the current transcript.

**Examples**

    videomoments transcript talk                          print sentences with their times
    videomoments transcript talk --export srt --out .     write talk.srt
    videomoments transcript talk --import talk.de.srt --language de
    videomoments transcript talk --undo                   undo the last change; repeat for earlier ones
    videomoments transcript talk --reset                  restore the result of the last run

**Exit codes**

    0    done
    1    the video or its transcript does not exist, the change conflicts, or a server failed
    2    usage error, or the file cannot be read
    3    could not start: servers unavailable
"""

MAX_IMPORT_BYTES = 32 * 1024**2


class ExportFormat(StrEnum):
    VTT = "vtt"
    SRT = "srt"
    TXT = "txt"
    JSON = "json"


def transcript(
    video: Annotated[str, typer.Argument(metavar="ID", help="The id of a video.")],
    *,
    import_file: Annotated[
        str | None,
        typer.Option(
            "--import", metavar="FILE", help="Replace the transcript; - reads stdin.", show_default=False
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(help="Language of the imported text; by default it is detected.", show_default=False),
    ] = None,
    export: Annotated[
        ExportFormat | None, typer.Option("--export", help="Export in this format.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write the export to this file or folder.", show_default=False),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON in the format of the API.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Discard corrections and imports.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Undo the last change.")] = False,
) -> None:
    """Print the transcript of a video, or export, import, undo or reset it."""
    actions = [import_file is not None, export is not None, json_output, reset, undo]
    if sum(actions) > 1:
        raise typer.BadParameter("give only one of --import, --export, --json, --reset and --undo")
    if out is not None and export is None:
        raise typer.BadParameter("--out needs --export")
    if language is not None and import_file is None:
        raise typer.BadParameter("--language needs --import")
    if selected() is not None and (import_file is not None or reset or undo):
        raise typer.BadParameter("--import, --reset and --undo work on the library of this machine only")
    output.force_utf8_streams()
    if import_file is not None:
        asyncio.run(_import(video, import_file, language))
    elif reset or undo:
        asyncio.run(_revert(video, is_undo=undo))
    else:
        _show(video, export, out, as_json=json_output)


def _show(video: str, export: ExportFormat | None, out: Path | None, *, as_json: bool) -> None:
    from app.core.files.atomic import atomic_write  # noqa: PLC0415

    if (server := selected()) is not None:
        from cli.remote import read  # noqa: PLC0415 - not needed for help

        found = read.transcript(server, video)
    else:
        found = asyncio.run(_load(video))
    if as_json:
        from app.models.transcript_edit import TranscriptRead  # noqa: PLC0415

        output.print_json(TranscriptRead.of(found).model_dump(mode="json"))
        return
    text = _lines(found) if export is None else _exported(found, export)
    if export is None or out is None:
        output.print_stdout(text)
        return
    path = out / f"{video}.{export}" if out.is_dir() else out
    atomic_write(path, text.encode())
    output.print_stderr(f"Wrote {path}")


async def _load(video: str) -> "Transcript":
    from app.core.exceptions import ResultNotFoundError  # noqa: PLC0415

    async with _container() as container:
        found = await container.transcripts.load_local_first(video)
    if found is None:
        raise ResultNotFoundError("transcript", video)
    return found


async def _import(video: str, name: str, language: str | None) -> None:
    from app.core.languages import language_code  # noqa: PLC0415
    from app.services.transcripts.importing import import_file  # noqa: PLC0415

    if language is not None and language_code(language) is None:
        raise typer.BadParameter(f"unknown language {language!r}")
    content = _read(name)
    file_format = _format(content, name)
    async with _container() as container:
        outcome = await import_file(container.transcripts, video, content, file_format, language=language)
        await _record(container, "transcript.import", video, format=file_format.value)
    _print_result(video, outcome)


async def _revert(video: str, *, is_undo: bool) -> None:
    async with _container() as container:
        store = container.transcripts
        outcome = await (store.undo(video) if is_undo else store.reset(video))
        await _record(container, "transcript.undo" if is_undo else "transcript.reset", video)
    _print_result(video, outcome)


def _container() -> "AppContainer":
    from app.core.config import get_settings  # noqa: PLC0415
    from app.services.container import AppContainer  # noqa: PLC0415

    return AppContainer(get_settings())


async def _record(container: "AppContainer", action: str, video: str, **details: Any) -> None:
    from cli.audit_record import record_change  # noqa: PLC0415

    await record_change(container.settings, action, "video", video, **details)


def _read(name: str) -> bytes:
    from app.core.exceptions import InvalidRequestError  # noqa: PLC0415

    try:
        if name == "-":
            content = sys.stdin.buffer.read(MAX_IMPORT_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(MAX_IMPORT_BYTES + 1)
    except OSError as error:
        raise InvalidRequestError(f"cannot read {name}: {error.strerror or error}") from error
    if len(content) > MAX_IMPORT_BYTES:
        raise InvalidRequestError(
            f"{name} is larger than {MAX_IMPORT_BYTES // 1024**2} MiB", remedy="import a smaller file"
        )
    return content


def _format(content: bytes, name: str) -> "CaptionFormat":
    from app.core.exceptions import InvalidRequestError  # noqa: PLC0415
    from app.services.transcripts.caption_parser import format_of  # noqa: PLC0415

    found = format_of(content, filename=name) or format_of(content, media_type="text/plain")
    if found is None:
        raise InvalidRequestError(f"{name} is not a transcript", remedy="use .srt, .vtt, .txt or .json")
    return found


def _exported(found: "Transcript", export: ExportFormat) -> str:
    from app.services.transcripts.captions import to_srt, to_vtt  # noqa: PLC0415
    from app.services.transcripts.exports import to_json, to_txt  # noqa: PLC0415

    writers = {"vtt": to_vtt, "srt": to_srt, "txt": to_txt, "json": to_json}
    return writers[export.value](found)


def _lines(found: "Transcript") -> str:
    """Return one line per segment, with its time; an asterisk marks corrected ones."""
    from cli.runs.text import clock  # noqa: PLC0415

    times = [clock(segment.start) for segment in found.segment_timestamps]
    width = max(map(len, times), default=0)
    parts = zip(times, found.segment_timestamps, strict=True)
    return "".join(
        f"{time:>{width}} {'*' if segment.is_edited else ' '} {segment.text}\n" for time, segment in parts
    )


def _print_result(video: str, outcome: "TranscriptOutcome") -> None:
    if outcome.document is None:
        output.print_stdout(f"{video}: no transcript\n")
        return
    found = outcome.document.content
    source = f"source {found.source or 'unknown'}, language {found.language}"
    edited = ", edited" if found.is_edited else ""
    output.print_stdout(f"{video}: {len(found.segment_timestamps)} segments, {source}{edited}\n")
