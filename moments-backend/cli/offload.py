"""`videomoments offload`: remove local originals that the bucket has."""

from typing import Annotated

import typer

EPILOG = """
A file is removed only after file and object have just been compared and found equal. Streams, runs and
exports then use the object. `videomoments fetch` brings files back.

**Examples**

    videomoments offload talk                      remove the local original of one video
    videomoments offload --all --dry-run           list what would be removed, without hashing
    videomoments offload --all --min-age 30        videos that were added at least 30 days ago

**Exit codes**

    0    everything was offloaded, or was in the bucket only
    1    some files were kept; cause and remedy are on stderr
    2    usage error
    3    could not start: servers unavailable
    130  Ctrl-C; run the command again to continue
"""


def offload(
    videos: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Ids of videos.")] = None,
    *,
    all_videos: Annotated[bool, typer.Option("--all", help="All videos, the largest first.")] = False,
    min_age: Annotated[
        float, typer.Option(metavar="DAYS", min=0, help="Only videos added at least this many days ago.")
    ] = 0.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the files, and remove nothing.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON document at the end.")] = False,
) -> None:
    """Free disk space: remove local originals whose objects are proven equal."""
    if bool(videos) == all_videos:
        raise typer.BadParameter("give either ids or --all")
    # Not needed for help and usage errors.
    from cli.transfer_run import OffloadCommand  # noqa: PLC0415

    command = OffloadCommand(
        tuple(dict.fromkeys(videos or ())), min_age=min_age, dry_run=dry_run, as_json=json_output
    )
    raise typer.Exit(command.execute())
