"""`videomoments migrate`: options and help."""

import gc
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

GC_THRESHOLD = 100_000
"""Objects created between two garbage collections."""


class OnConflict(StrEnum):
    """Choices of `--on-conflict`; the migration's own enum takes long to import."""

    FAIL = "fail"
    RENAME = "rename"


EPILOG = """
**Examples**

    videomoments migrate                     add new videos
    videomoments migrate --dry-run           preview, without changes
    videomoments migrate --videos-dir DIR    another directory
    videomoments migrate --jobs 8            eight videos at a time
    videomoments migrate --verify            compare library, bucket and files
    videomoments migrate --repair            fix the differences
    videomoments migrate --on-conflict rename    register different videos with the same id, too
    videomoments migrate --json > report.json

**Exit codes**

    0    success
    1    some videos failed
    2    usage error
    3    could not start: directory, ffprobe, database, bucket or credentials
    4    --verify found a difference
    130  interrupted; repeat the command to resume

Ctrl-C finishes the videos in progress and starts no others; a second Ctrl-C, or SIGTERM, aborts them too. An
aborted video is not registered; completed videos are skipped next time.
"""


def migrate(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; print what would be done and what would fail.")
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Change nothing; compare all rows, objects and local files."),
    ] = False,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Upload missing and damaged objects again; migrate the rest."),
    ] = False,
    recursive: Annotated[bool, typer.Option("--recursive/--no-recursive", help="Include subfolders.")] = True,
    on_conflict: Annotated[
        OnConflict,
        typer.Option(
            help="If a different video has a file's id: fail, or append digits of the file's MD5 to it."
        ),
    ] = OnConflict.FAIL,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON document at the end.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=32, help="Videos processed at a time.")] = 4,
    videos_dir: Annotated[
        Path | None,
        typer.Option("--videos-dir", help="Directory of the videos [videos/ in STATIC_DIR]."),
    ] = None,
) -> None:
    """Add a directory of videos to the library.

    Each video is probed, uploaded to the bucket, verified there and registered in the database; registered
    ones are skipped. The files themselves are never changed. The command can be repeated at any time.
    """
    modes = {"--dry-run": dry_run, "--verify": verify, "--repair": repair}
    chosen = [name for name, is_chosen in modes.items() if is_chosen]
    if len(chosen) > 1:
        raise typer.BadParameter(f"{' and '.join(chosen)} are mutually exclusive")
    # Scanning modules for garbage while they load took a third of the start-up time.
    gc.disable()
    from cli.migrate_run import run  # noqa: PLC0415 - not needed for help and usage errors

    gc.freeze()
    gc.enable()
    # Outcomes are kept until the end: repeated scans of them took a tenth of the time of large runs.
    gc.set_threshold(GC_THRESHOLD)
    mode = chosen[0].removeprefix("--") if chosen else "migrate"
    raise typer.Exit(
        run(mode, jobs, videos_dir, as_json=json_output, recursive=recursive, on_conflict=on_conflict.value)
    )


def make_app() -> typer.Typer:
    """Return an application with this command only, for the migration script."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown")
    app.command(epilog=EPILOG)(migrate)
    return app
