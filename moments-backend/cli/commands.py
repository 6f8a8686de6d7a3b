"""List of the commands of `videomoments`, one module each."""

import typer

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
    migrate,
    moments,
    offload,
    playback,
    reindex,
    restore,
    retry,
    search,
    status,
    transcribe,
    transcript,
    up,
    vocabulary,
    worker,
)

app = typer.Typer(
    name="videomoments",
    help="Self-hosted video library: videos in Google Cloud Storage, transcripts, moments and clips.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command(epilog=up.EPILOG)(up.up)
app.command(epilog=dev.EPILOG)(dev.dev)
app.command(epilog=migrate.EPILOG)(migrate.migrate)
app.command(epilog=add.EPILOG)(add.add)
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
app.add_typer(keys.app, name="keys")
app.add_typer(evaluate.app, name="eval")
