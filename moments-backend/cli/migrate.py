"""`videomoments migrate`: the options, and the help that teaches them."""

import gc
from pathlib import Path
from typing import Annotated

import typer

EPILOG = """
**Examples**

    videomoments migrate                     bring in what is new
    videomoments migrate --dry-run           see first what would happen
    videomoments migrate --videos-dir Films  another folder
    videomoments migrate --jobs 8            eight videos at once
    videomoments migrate --verify            is everything where it should be?
    videomoments migrate --repair            make it so
    videomoments migrate --json > report.json

**Exit codes**

    0    all done
    1    some videos failed, the rest is done
    2    the command was called wrongly
    3    nothing was begun: folder, ffprobe, database, bucket, credentials
    4    --verify found a difference
    130  interrupted; call it again to go on

Ctrl-C lets the videos in work finish and starts no others; a second Ctrl-C, or SIGTERM, ends those too.
Nothing is ever registered by halves, and what is done is not done again.
"""


def migrate(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing: say what would be done, and what would fail.")
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Write nothing: compare every row, object and local file."),
    ] = False,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Send again what --verify finds gone or different; migrate the rest."),
    ] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="One JSON document on stdout when the run is over.")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=32, help="Videos in work at once.")] = 4,
    videos_dir: Annotated[
        Path | None,
        typer.Option("--videos-dir", help="The folder to read, instead of videos/ below STATIC_DIR."),
    ] = None,
) -> None:
    """Bring a folder of videos into the library.

    Every video file is probed, stored in the bucket, verified there and registered in the database; what is
    registered already is skipped. The files themselves are never changed. Stop it and call it again as often
    as you like.
    """
    modes = {"--dry-run": dry_run, "--verify": verify, "--repair": repair}
    chosen = [name for name, is_chosen in modes.items() if is_chosen]
    if len(chosen) > 1:
        raise typer.BadParameter(f"{' and '.join(chosen)} exclude each other")
    # Modules are no garbage: to look through them while they load took a third of the start.
    gc.disable()
    from cli.migrate_run import run  # noqa: PLC0415 - help and usage errors need nothing of it

    gc.freeze()
    gc.enable()
    raise typer.Exit(
        run(chosen[0].removeprefix("--") if chosen else "migrate", jobs, videos_dir, as_json=json_output)
    )


def make_app() -> typer.Typer:
    """The command by itself, for the script of the same purpose."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown")
    app.command(epilog=EPILOG)(migrate)
    return app
