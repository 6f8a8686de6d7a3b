"""`videomoments`: the command line. One module per command; this one only lists them."""

import typer

from cli.doctor import doctor
from cli.errors import exit_on_error
from cli.migrate import migrate
from cli.up import up

app = typer.Typer(
    name="videomoments",
    help="A video library that lives in the cloud and remembers what is in it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command()(up)
app.command()(migrate)
app.command()(doctor)


def main() -> None:
    """The console script: every error of ours ends in a line on stderr and its exit code."""
    with exit_on_error():
        app()
