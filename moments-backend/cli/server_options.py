"""Options of the commands that start servers."""

from typing import Annotated

import typer

Host = Annotated[str | None, typer.Option("--host", help="Address to listen on [HOST, else 127.0.0.1].")]
Port = Annotated[
    int | None, typer.Option("--port", min=1, max=65535, help="Port to listen on [PORT, else 7005].")
]
