"""`videomoments adopt`: rebuild the library from the bucket."""

from typing import Annotated

import typer

EPILOG = """
Beside each original, the bucket holds a sidecar object `videos/ID/ID.json` with what the database stores
about the video: title, tags, edits of moments, chapters, corrections. If the database was lost, start an
empty one (`make run`) and run this command. It inserts the videos with their edits, chapters and corrections;
workers then rebuild the search index, or `videomoments reindex` does so at once. Originals without a sidecar
are downloaded and registered.

Videos that are in the database are skipped, so the command can be run again at any time, also after an
interruption. Unusable sidecars are named and do not affect the others. Not in the bucket, and therefore lost:
share links, webhooks, subscriptions, API keys, the history of runs, and the audit log.

**Examples**

    videomoments adopt --dry-run         check all sidecars, change nothing
    videomoments adopt                   rebuild the library
    videomoments adopt --json            result as one JSON document

**Exit codes**

    0    done
    1    some videos could not be adopted; causes are on stderr
    2    usage error
    3    database or bucket unavailable, or another adoption is running
    4    done, but rows of existing videos differ from their objects
    130  Ctrl-C; run the command again to continue
"""


def adopt(
    *,
    bucket_prefix: Annotated[
        str,
        typer.Option(
            "--bucket-prefix",
            metavar="PREFIX",
            help="Only objects whose names start with this, such as videos/2023. Default: GCS_VIDEOS_PREFIX.",
            show_default=False,
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, change nothing.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON document at the end.")] = False,
) -> None:
    """Rebuild the library from the bucket alone: videos, tags, edits of moments, chapters."""
    # Not needed for help and usage errors.
    from cli.adopt_run import run  # noqa: PLC0415

    raise typer.Exit(run(bucket_prefix, dry_run=dry_run, as_json=json_output))
