"""`videomoments mcp`: the official client, on the API of a library with a transcript."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import uvicorn
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from app.core.config import BACKEND_DIR, Settings
from app.main import create_app
from app.services.transcripts.store import TranscriptStore
from cli.mcp_http import create_http_app
from cli.mcp_tools import create_server
from cli.remote.server import Server
from embedded.ports import free_port
from tests.fixtures.exports import Machine

KEY = "0123456789abcdef"
TOOLS = {
    *("search", "list_videos", "read_transcript"),
    *("list_moments", "create_moment", "export_clip", "get_export"),
}


@asynccontextmanager
async def listening(application: Any) -> AsyncIterator[str]:
    """Serve an application on this event loop; yield its address."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(application, port=port, log_level="critical"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await running


@asynccontextmanager
async def library(settings: Settings) -> AsyncIterator[tuple[str, Machine]]:
    """Yield the address of a library with the video `talk`, and its worker."""
    async with listening(create_app(settings)) as address:
        machine = Machine.of(settings)
        await machine.add_video()
        await machine.speak("one two three four five six seven eight")
        await TranscriptStore(machine.documents).reindex("talk")
        yield address, machine
        await machine.close()


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """Return the structured result of a tool."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content.get("result", result.structured_content)


async def failure(client: Client, tool: str, **arguments: Any) -> str:
    """Return the message of a tool that fails."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return " ".join(getattr(part, "text", "") for part in result.content)


async def test_tools_cover_the_way_to_a_clip(settings: Settings) -> None:
    async with library(settings) as (address, machine), Client(create_server(Server(address))) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
        (listed,) = await call(client, "list_videos")
        assert listed["id"] == "talk"
        hits = await call(client, "search", query="four five")
        assert hits[0]["video_id"] == "talk"
        assert hits[0]["link"].startswith(f"{address}/watch/talk?t=")
        part = await call(client, "read_transcript", video_id="talk", start_time=0, end_time=1)
        assert part["segments"][0]["text"].startswith("one")
        assert part["continues_at"] is None
        moment = await call(
            client, "create_moment", video_id="talk", start_time=1, end_time=2.5, title="The middle"
        )
        assert [found["id"] for found in await call(client, "list_moments", video_id="talk")] == [
            moment["id"]
        ]
        export = await call(client, "export_clip", video_id="talk", moment_id=moment["id"], format="9:16")
        assert (export["title"], export["state"], export["link"]) == ("The middle", "queued", None)
        await machine.runner(export["id"], lambda: False)
        export = await call(client, "get_export", export_id=export["id"])
        assert export["state"] == "completed"
        assert export["link"] == f"{address}/api/exports/{export['id']}/file"


async def test_errors_name_cause_and_remedy(settings: Settings) -> None:
    async with library(settings) as (address, _), Client(create_server(Server(address))) as client:
        assert "'none'" in await failure(client, "read_transcript", video_id="none")
        assert "exactly one of" in await failure(client, "export_clip", video_id="talk")
        assert "video_id" in await failure(client, "list_moments", video_id="")
    async with Client(create_server(Server("http://127.0.0.1:9"))) as client:
        assert "check the address" in await failure(client, "list_videos")


@pytest.mark.slow
async def test_stdio(settings: Settings) -> None:
    async with library(settings) as (address, _):
        command = [*("-m", "cli", "--url", address), "mcp"]
        parameters = StdioServerParameters(command=sys.executable, args=command, cwd=BACKEND_DIR)
        async with Client(parameters) as client:
            assert [video["id"] for video in await call(client, "list_videos")] == ["talk"]


@pytest.mark.slow
async def test_http_sends_the_key_of_each_client(settings: Settings) -> None:
    locked = Settings.model_validate(settings.model_dump() | {"api_key": KEY})
    headers = {"authorization": f"Bearer {KEY}"}
    async with library(locked) as (address, _):
        # The key of the server's own process must not serve its clients.
        server = create_server(Server(address, KEY), is_http=True)
        async with listening(create_http_app(server, locked, "127.0.0.1")) as http_address:
            url = f"{http_address}/mcp"
            async with Client(url) as client:
                assert "API key" in await failure(client, "list_videos")
            async with (
                httpx2.AsyncClient(headers=headers, trust_env=False) as http,
                Client(streamable_http_client(url, http_client=http)) as client,
            ):
                assert [video["id"] for video in await call(client, "list_videos")] == ["talk"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "0.0.0.0", "192.0.2.7", "::1", "library.test"])
async def test_other_host_names_are_refused(settings: Settings, host: str) -> None:
    named = settings.model_copy(update={"allowed_hosts": ["videos.example.org"]})
    app = create_http_app(create_server(Server("http://127.0.0.1:9"), is_http=True), named, host)
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:

        async def status(headers: dict[str, str]) -> int:
            return (await client.get("/elsewhere", headers=headers)).status_code

        own = f"[{host}]" if ":" in host else host
        own = "127.0.0.3" if host == "0.0.0.0" else own
        for name in (f"{own}:7006", "localhost:7006", "videos.example.org"):
            assert await status({"host": name}) == 404
            assert await status({"host": name, "origin": f"http://{name}"}) == 404
        for name in ("attacker.example", "attacker.example:7006", "127.0.0.1.attacker.example", ""):
            assert await status({"host": name}) == 421
            assert await status({"origin": f"http://{name}"}) == 403
        assert await status({"host": own, "origin": "http://[bad"}) == 403
        assert await status({"host": own, "origin": "null"}) == 403
