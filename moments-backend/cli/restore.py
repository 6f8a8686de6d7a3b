"""`videomoments restore`: restore a backup into an empty library, or replace a library."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

EPILOG = """
Stop the API and the workers first. If the library uses the embedded PostgreSQL, this command starts it.

All checksums and the version of the backup are checked first. Then rows and files are restored in one step:
after an error, nothing has changed.

Backups of earlier versions are restored too; their tables are upgraded.

**Examples**

    videomoments restore videomoments-20261129-031500.zip
    videomoments restore --force library.zip

**Exit codes**

    0    done
    1    the backup is incomplete or damaged, or the library has data and --force is not set
    2    usage error
    3    the library is in use, the database is unavailable, or the backup is from a newer version
    130  stopped by Ctrl-C; nothing was changed
"""


def restore(
    file: Annotated[Path, typer.Argument(help="File written by `videomoments backup`.")],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Replace existing rows, transcripts and moments.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Restore a backup into an empty library."""
    # Not needed for help and usage errors.
    from app.core.files.private_folder import make_static_dir_private  # noqa: PLC0415
    from app.services.backup.restore import restore_backup  # noqa: PLC0415
    from cli import output  # noqa: PLC0415
    from cli.embedded_database import database_running  # noqa: PLC0415

    output.force_utf8_streams()
    with database_running(exclusive=True) as settings:
        make_static_dir_private(settings)
        done = restore_backup(settings, file, force=force, report=output.print_stderr)
    if done.other_bucket:
        output.print_stderr(
            f"The videos of this backup are in the bucket {done.other_bucket}, but GCS_BUCKET_NAME is "
            f"{settings.gcs_bucket_name}."
        )
    if json_output:
        output.print_json(asdict(done))
        return
    output.print_stdout(f"Restored the backup of {done.created_at}: {done.rows} rows, {done.files} files\n")
