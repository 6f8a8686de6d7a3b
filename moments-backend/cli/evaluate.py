"""`videomoments eval`: measure the quality of transcripts, search and moments."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import print_stderr, print_stdout

if TYPE_CHECKING:
    from collections.abc import Callable

    from evaluation.table import Figure

EPILOG = """
Evaluations use temporary servers and files; the library is neither read nor changed. docs/quality.md has the
figures and the format for your own data.
"""

app = typer.Typer(epilog=EPILOG)

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")]


@app.callback(invoke_without_command=True, epilog=EPILOG)
def evaluate_all(context: typer.Context) -> None:
    """Measure the quality of search, transcripts, moments or, without a subcommand, all of them."""
    if context.invoked_subcommand is None:
        search()
        transcripts()
        moments()


@app.command()
def search(
    *,
    data: Annotated[
        Path | None,
        typer.Option(help="JSON Lines with talks and questions instead of the texts of the project."),
    ] = None,
    talks: Annotated[int | None, typer.Option(min=1, help="Use only the first talks of the data.")] = None,
    json_output: JsonOption = False,
) -> None:
    """Measure how often a search finds the known answer among its first hits."""
    from evaluation.search import evaluate  # noqa: PLC0415 - not needed for help

    _print(lambda progress: evaluate(data, limit=talks, on_progress=progress), as_json=json_output)


@app.command()
def transcripts(*, json_output: JsonOption = False) -> None:
    """Measure word error rates and invented words on synthetic speech, with the configured engine.

    Takes several minutes.
    """
    from app.core.config import get_settings  # noqa: PLC0415 - not needed for help
    from evaluation.transcripts import evaluate  # noqa: PLC0415

    _print(lambda progress: evaluate(get_settings(), on_progress=progress), as_json=json_output)


@app.command()
def moments(
    *,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of JSON Lines with labelled talks, measured beside the talks of the project.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    talks: Annotated[int | None, typer.Option(min=1, help="Use only the first talks of each file.")] = None,
    json_output: JsonOption = False,
) -> None:
    """Measure topics, titles and moments of the built-in engine on talks that people marked.

    An hour of talk takes about eight seconds. The format of the data is in docs/quality.md.
    """
    from evaluation.moments import evaluate  # noqa: PLC0415 - not needed for help

    _print(lambda progress: evaluate(data, limit=talks, on_progress=progress), as_json=json_output)


def _print(measure: "Callable[[Callable[[str], None]], list[Figure]]", *, as_json: bool) -> None:
    from evaluation import table  # noqa: PLC0415 - not needed for help

    def show(step: str) -> None:
        print_stderr(f"{step} …")

    figures = measure(show)
    text = json.dumps(table.as_json(figures), ensure_ascii=False, indent=2) if as_json else None
    print_stdout(text or table.as_markdown(figures))
