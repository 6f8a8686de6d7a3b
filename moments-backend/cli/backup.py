"""`videomoments backup`: save the database, transcripts and moments to one file."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

EPILOG = """
The backup contains all rows of the database, the transcripts and moments on this machine and, with
`--videos`, its local videos. It does not contain the objects in the bucket (protect them with soft delete or
versioning), audio, clips and thumbnails (they can be generated again), or the `.env` file. The API and
workers may keep running.

Only the owner of the file can read it. It is renamed into place when complete, so the name never denotes a
partial backup.

**Examples**

    videomoments backup /var/backups
    videomoments backup library.zip --videos

**Exit codes**

    0    done
    1    the file exists or could not be written
    2    usage error
    3    the database is unavailable or has no tables
    130  stopped by Ctrl-C; no file is left
"""


def backup(
    target: Annotated[Path, typer.Argument(help="New file, or a directory for a file named after the time.")],
    *,
    videos: Annotated[
        bool, typer.Option("--videos", help="Include the local videos in STATIC_DIR/videos.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Save the database, transcripts and moments to one file; see also `restore`."""
    # Not needed for help and usage errors.
    from app.services.backup.create import create_backup  # noqa: PLC0415
    from cli import output  # noqa: PLC0415
    from cli.embedded_database import database_running  # noqa: PLC0415

    output.force_utf8_streams()
    with database_running(exclusive=False) as settings:
        made = create_backup(settings, target, videos=videos, report=output.print_stderr)
    if json_output:
        output.print_json(asdict(made) | {"file": str(made.file)})
        return
    output.print_stdout(
        f"Backup written to {made.file}: {made.tables} tables, {made.documents} documents, "
        f"{made.videos} videos, {made.size / 1e6:.1f} MB\n"
    )
