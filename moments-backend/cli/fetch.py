"""`videomoments fetch`: bring local originals back from the bucket."""

from typing import Annotated

import typer

EPILOG = """
The file is stored at its former path below the folder of videos after its checksum has been verified.

**Examples**

    videomoments fetch talk lecture-1

**Exit codes**

    0    every file is in the local folder
    1    some could not be fetched; cause and remedy are on stderr
    2    usage error
    3    could not start: servers unavailable
    130  Ctrl-C; no incomplete file is left behind
"""


def fetch(
    videos: Annotated[list[str], typer.Argument(metavar="ID", help="Ids of videos.")],
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON document at the end.")] = False,
) -> None:
    """Download originals from the bucket to the folder of videos."""
    # Not needed for help and usage errors.
    from cli.transfer_run import FetchCommand  # noqa: PLC0415

    raise typer.Exit(FetchCommand(tuple(dict.fromkeys(videos)), as_json=json_output).execute())
