"""The commands of `videomoments`. One module for each; this one only lists them."""

import typer

from cli import add, cancel, demo, dev, doctor, migrate, moments, retry, status, up, worker

app = typer.Typer(
    name="videomoments",
    help="A video library that lives in the cloud and remembers what is in it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command(epilog=up.EPILOG)(up.up)
app.command(epilog=up.EPILOG)(dev.dev)
app.command(epilog=migrate.EPILOG)(migrate.migrate)
app.command(epilog=add.EPILOG)(add.add)
app.command(epilog=status.EPILOG)(status.status)
app.command(epilog=cancel.EPILOG)(cancel.cancel)
app.command(epilog=retry.EPILOG)(retry.retry)
app.command(epilog=worker.EPILOG)(worker.worker)
app.command(epilog=moments.EPILOG)(moments.moments)
app.command()(demo.demo)
app.command(epilog=doctor.EPILOG)(doctor.doctor)
