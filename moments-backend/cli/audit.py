"""`videomoments audit`: show the audit log."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.durations import FORMATS, parse_distance

if TYPE_CHECKING:
    from app.models.audit import AuditRecord
    from app.repositories.audit_repository import AuditFilter

EPILOG = """
**Actions**

    video.update, video.delete, thumbnail.set, thumbnail.reset, playback.request,
    moment.create, moment.update, moment.merge, moment.split, moment.reset,
    moment.delete, moment.restore, moment.purge, chapters.replace, chapters.reset,
    transcript.correct, transcript.import, transcript.reset, transcript.undo,
    vocabulary.update, run.start, run.cancel, run.retry,
    upload.create, upload.finish, upload.retry, upload.delete,
    session.open, session.close, session.refuse, key.create, key.revoke, library.migrate

**Examples**

    videomoments audit                            the latest changes
    videomoments audit --since 7d --action video  changes of videos within a week
    videomoments audit --target talk --json

**Exit codes**

    0    done
    2    usage error
    3    database unavailable
"""

PAGE = 500


def audit(
    *,
    since: Annotated[
        str | None, typer.Option("--since", help=f"Earliest entry: {FORMATS}.", show_default=False)
    ] = None,
    action: Annotated[
        str | None,
        typer.Option("--action", help="An action, or its part before the dot.", show_default=False),
    ] = None,
    actor: Annotated[
        str | None,
        typer.Option("--actor", help="Key name, api-key, local, cli or unknown.", show_default=False),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target", help="Id of a video, moment or upload, or a key's name.", show_default=False
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=100_000, help="Maximum number of entries.")
    ] = 50,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON in the format of the API.")] = False,
) -> None:
    """Show who changed what, newest first."""
    # Not needed for help and usage errors.
    from app.core.clock import utc_now  # noqa: PLC0415
    from app.repositories.audit_repository import AuditFilter  # noqa: PLC0415

    output.force_utf8_streams()
    start = parse_distance(since, now=utc_now(), sign=-1) if since else None
    filters = AuditFilter(action=action, actor=actor, target=target, since=start)
    records = asyncio.run(_read(filters, limit))
    if json_output:
        output.print_json([record.model_dump(mode="json") for record in records])
    elif records:
        _print_table(records)
    else:
        output.print_stderr("No entries.")


async def _read(filters: "AuditFilter", limit: int) -> "list[AuditRecord]":
    from app.services.access.audit import AuditLog  # noqa: PLC0415
    from cli.audit_record import open_database  # noqa: PLC0415

    records: list[AuditRecord] = []
    before: int | None = None
    async with open_database() as settings:
        log = AuditLog(settings)
        while len(records) < limit:
            page, before = await log.list_page(filters, limit=min(PAGE, limit - len(records)), before=before)
            records += page
            if before is None:
                break
    return records


def _print_table(records: "list[AuditRecord]") -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from app.core.terminal_text import escape_control_characters  # noqa: PLC0415
    from cli.runs.table import print_table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("time", "actor", "action", "target", "client"):
        table.add_column(heading, no_wrap=True)
    table.add_column("details", overflow="fold")
    for record in records:
        target = " ".join(part for part in (record.target_type, record.target_id) if part)
        details = ", ".join(f"{name}={value}" for name, value in record.details.items())
        cells = (
            f"{record.at.astimezone():%Y-%m-%d %H:%M:%S}",
            *(record.actor, record.action, target, record.client or "", details),
        )
        table.add_row(*(Text(escape_control_characters(cell)) for cell in cells))
    print_table(table)
