"""`videomoments reindex`: rebuild the search index from the documents."""

from typing import Annotated

import typer

EPILOG = """
Changes through the API and the commands update the index at once. Rebuild it after documents of transcripts,
moments or chapters were copied into the library. Where the local transcript and the bucket's differ, the
bucket's is used, and the local one is kept as ID.json.replaced: to change a transcript, use
`videomoments transcript ID --import FILE`. The library and the search stay usable meanwhile. If the
command is interrupted, the workers complete the work.

**Examples**

    videomoments reindex                 all videos
    videomoments reindex talk lecture    these videos

**Exit codes**

    0    done
    1    unknown id, or some videos could not be indexed; causes are on stderr
    2    usage error
    3    database or bucket unavailable
    130  Ctrl-C; the workers index the remaining videos
"""


def reindex(
    videos: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="Ids of videos. Default: all.", show_default=False),
    ] = None,
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Rebuild the search index from transcripts, moments and chapters."""
    # Not needed for help and usage errors.
    from cli.reindex_run import run  # noqa: PLC0415

    raise typer.Exit(run(list(dict.fromkeys(videos or ())), as_json=json_output))
