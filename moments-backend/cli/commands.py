"""List of the commands of `videomoments`, one module each."""

from typing import Annotated

import typer

from app.core.version import VERSION
from cli import (
    add,
    adopt,
    api,
    audit,
    backup,
    cancel,
    chapters,
    demo,
    dev,
    doctor,
    evaluate,
    export,
    fetch,
    keys,
    list_videos,
    mcp,
    migrate,
    moments,
    offload,
    playback,
    reindex,
    restore,
    retry,
    search,
    status,
    subscribe,
    subscriptions,
    transcribe,
    transcript,
    trash,
    up,
    vocabulary,
    watch_folders,
    worker,
)
from cli.output import print_stdout
from cli.remote.server import KEY_VARIABLE, URL_VARIABLE, select

app = typer.Typer(
    name="videomoments",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _print_version(*, is_requested: bool) -> None:
    if is_requested:
        print_stdout(f"videomoments {VERSION}\n")
        raise typer.Exit


@app.callback()
def videomoments(
    context: typer.Context,
    *,
    url: Annotated[
        str | None,
        typer.Option(
            "--url",
            envvar=URL_VARIABLE,
            help="Use the library on this server, such as https://videos.example.org, to read and add.",
            show_default=False,
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", envvar=KEY_VARIABLE, help="API key of that server.", show_default=False),
    ] = None,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _print_version(is_requested=value),
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Self-hosted video library: videos in Google Cloud Storage, transcripts, moments and clips."""
    select(url, key, context.invoked_subcommand)


app.command(epilog=up.EPILOG)(up.up)
app.command(epilog=dev.EPILOG)(dev.dev)
app.command(epilog=migrate.EPILOG)(migrate.migrate)
app.command(epilog=add.EPILOG)(add.add)
app.command(name="list", epilog=list_videos.EPILOG)(list_videos.list_videos)
app.command(epilog=mcp.EPILOG)(mcp.mcp)
app.command(epilog=status.EPILOG)(status.status)
app.command(epilog=cancel.EPILOG)(cancel.cancel)
app.command(epilog=retry.EPILOG)(retry.retry)
app.command(epilog=export.EPILOG)(export.export)
app.command(epilog=playback.EPILOG)(playback.playback)
app.command(epilog=search.EPILOG)(search.search)
app.command(epilog=reindex.EPILOG)(reindex.reindex)
app.command(epilog=adopt.EPILOG)(adopt.adopt)
app.command(epilog=worker.EPILOG)(worker.worker)
app.command(epilog=api.EPILOG)(api.api)
app.command(epilog=transcribe.EPILOG)(transcribe.transcribe)
app.command(epilog=transcript.EPILOG)(transcript.transcript)
app.command(epilog=chapters.EPILOG)(chapters.chapters)
app.command(epilog=vocabulary.EPILOG)(vocabulary.vocabulary)
app.command(epilog=moments.EPILOG)(moments.moments)
app.command(epilog=demo.EPILOG)(demo.demo)
app.command(epilog=offload.EPILOG)(offload.offload)
app.command(epilog=fetch.EPILOG)(fetch.fetch)
app.command(epilog=doctor.EPILOG)(doctor.doctor)
app.command(epilog=backup.EPILOG)(backup.backup)
app.command(epilog=restore.EPILOG)(restore.restore)
app.command(epilog=audit.EPILOG)(audit.audit)
app.command(epilog=subscribe.EPILOG)(subscribe.subscribe)
app.command(name="watch-folders", epilog=watch_folders.EPILOG)(watch_folders.watch_folders)
app.add_typer(subscriptions.app, name="subscriptions")
app.add_typer(keys.app, name="keys")
app.add_typer(trash.app, name="trash")
app.add_typer(evaluate.app, name="eval")
