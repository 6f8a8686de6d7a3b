"""Responses to server errors and invalid requests."""

import logging

import httpx
import pytest
from fastapi import FastAPI

from app.api.error_handlers import without_token
from app.core.config import Settings
from app.main import create_app
from tests.api.support.rows import problem


async def answer(app: FastAPI, path: str) -> httpx.Response:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
    ):
        return await client.get(path)


async def test_unexpected_error_is_503_without_details(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings)

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("the password is swordfish")

    with caplog.at_level(logging.ERROR, "app"):
        found = problem(await answer(app, "/fault"), 503, "internal-error")
    assert not found["retryable"]
    assert "swordfish" not in str(found)
    assert "swordfish" in caplog.text
    assert "Traceback" in caplog.text


async def test_unknown_path_and_wrong_method(client: httpx.AsyncClient) -> None:
    problem(await client.get("/nothing"), 404, "not-found")
    for path, methods in {
        "/api/videos": {"GET"},
        "/api/videos/talk": {"GET", "PATCH", "DELETE"},
        "/api/videos/talk/stream": {"GET", "HEAD"},
        "/health": {"GET"},
    }.items():
        response = await client.put(path)
        problem(response, 405, "method-not-allowed")
        assert set(response.headers["allow"].split(", ")) == methods
    assert (await client.head("/api/videos/x/stream")).status_code == 404


async def test_unavailable_server_logs_one_line(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    nowhere = settings.model_copy(update={"database_url": "postgresql+psycopg://x:secret@127.0.0.1:1/x"})
    with caplog.at_level(logging.WARNING, "app"):
        problem(await answer(create_app(nowhere), "/api/videos"), 503, "database-unavailable")
    (record,) = caplog.records
    assert record.__dict__["path"] == "/api/videos"
    assert record.exc_info is None
    assert "secret" not in caplog.text


def test_tokens_of_share_links_are_not_logged() -> None:
    assert without_token("/shared/s3cr3t/video") == "/shared/…/video"
    assert without_token("/proxy/shared/s3cr3t") == "/proxy/shared/…"
    assert without_token("/api/videos/shared") == "/api/videos/shared"
