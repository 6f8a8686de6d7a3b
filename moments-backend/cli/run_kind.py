"""The option `--kind` of commands about the run of one video."""

from typing import Annotated, Literal

import typer

KindName = Literal["moments", "playback"]

Kind = Annotated[
    KindName,
    typer.Option("--kind", help="Kind of the video's run: moments, or playback for its playback copy."),
]


def kind_option(kind: KindName) -> str:
    """Return the option for a suggested command; nothing for the default."""
    return "" if kind == "moments" else f" --kind {kind}"


def kind_details(kind: KindName) -> dict[str, str]:
    """Return the details of an audit entry; nothing for the default."""
    return {} if kind == "moments" else {"kind": kind}
