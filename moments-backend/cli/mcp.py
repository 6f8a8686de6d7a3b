"""`videomoments mcp`: offer the library to assistants through the Model Context Protocol."""

import asyncio
from typing import Annotated

import typer

EPILOG = """
Assistants that support the [Model Context Protocol](https://modelcontextprotocol.io) can search the library,
read transcripts, list and create moments, and export clips. By default the server uses stdin and stdout, and
is started by the assistant:

    {"mcpServers": {"videomoments": {"command": "videomoments", "args": ["mcp"]}}}

With `--http` it listens at http://HOST:PORT/mcp. Each request is sent to the API with the key in its header
`Authorization: Bearer …`, so that the key's scope applies. Clients reach it by a loopback name, by HOST, or
by a name in ALLOWED_HOSTS.

The library is the one that runs in this folder, or the one given by `--url` and `--key`.

**Examples**

    videomoments mcp
    videomoments --url https://videos.example.org --key vm_… mcp
    videomoments mcp --http --port 7006

**Exit codes**

    0    the assistant closed the connection, or Ctrl-C
    2    usage error
    3    could not start
"""


def mcp(
    *,
    http: Annotated[
        bool, typer.Option("--http", help="Listen for HTTP instead of stdin and stdout.")
    ] = False,
    host: Annotated[str, typer.Option("--host", help="Address to listen on with --http.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help="Port to listen on with --http.")
    ] = 7006,
) -> None:
    """Offer the library to assistants: search, transcripts, moments and exports."""
    # Not needed for help and usage errors.
    import uvicorn  # noqa: PLC0415

    from app.core.config import get_settings  # noqa: PLC0415
    from cli.mcp_http import create_http_app  # noqa: PLC0415
    from cli.mcp_tools import create_server  # noqa: PLC0415
    from cli.output import print_stderr  # noqa: PLC0415
    from cli.processes import local_url  # noqa: PLC0415
    from cli.remote.server import selected, server_of  # noqa: PLC0415
    from cli.supervisor import is_loopback, require_api_key_for_public_host  # noqa: PLC0415

    settings = get_settings()
    library = server_of(settings)
    if not http:
        asyncio.run(create_server(library).run_stdio_async())
        return
    if selected() is None:
        require_api_key_for_public_host(host, settings)
    server = create_server(library, is_http=True, needs_key=not is_loopback(host))
    print_stderr(f"MCP server at {local_url(host, port)}/mcp, for the library at {library.url}")
    uvicorn.run(create_http_app(server, settings, host), host=host, port=port, log_level="warning")
