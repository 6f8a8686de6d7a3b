"""Options of the commands that start runs."""

from typing import Annotated

import typer

Detach = Annotated[bool, typer.Option("--detach", help="Queue the runs without following them.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document after all runs have ended.")]
