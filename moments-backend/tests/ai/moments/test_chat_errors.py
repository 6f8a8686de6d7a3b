"""Chat engine against a faulty server: cause and remedy of each error."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.ai.moments.chat.engine import ChatEngine
from app.ai.moments.extractive.engine import ExtractiveEngine
from app.core.config import Settings
from app.core.exceptions import (
    ConfigurationError,
    EngineError,
    ModelRequestRejectedError,
    ModelUnavailableError,
)
from app.models.generation_options import GenerationOptions
from tests.ai.moments.support.model_server import (
    Action,
    ModelServer,
    dripping,
    endless,
    letter,
    model_server,
    page,
    reply,
    silence,
    status,
    truncated,
)
from tests.ai.moments.support.transcripts import spoken

TALK = spoken(*[f"This is the sentence with number {index}." for index in range(40)], pause=1.0)
OPTIONS = GenerationOptions(min_moment_length=8, max_moment_length=40, min_moments=1, max_moments=5)
GOOD = letter(0.9)


@pytest.fixture(autouse=True)
def _own_settings(clean_environment: None) -> None:
    """Ignore the developer's environment."""


@pytest.fixture(autouse=True)
def _shared_model(monkeypatch: pytest.MonkeyPatch, extractive: ExtractiveEngine) -> None:
    """Use the loaded model of other tests."""
    create = ChatEngine.__init__

    def create_with_model(self: ChatEngine, settings: Settings) -> None:
        create(self, settings)
        self._extractive = extractive

    monkeypatch.setattr(ChatEngine, "__init__", create_with_model)


def settings_of(url: str, **changes: Any) -> Settings:
    return Settings(moment_engine="openai", moment_base_url=url, moment_model="the-model", **changes)


@asynccontextmanager
async def against(*script: Action, **settings: Any) -> AsyncIterator[tuple[ModelServer, ChatEngine]]:
    async with model_server(*script) as server:
        engine = ChatEngine(settings_of(server.url, **settings))
        try:
            yield server, engine
        finally:
            await engine._client.close()


async def error_of(*script: Action, requests: int | None = None, **settings: Any) -> EngineError:
    async with against(*script, **settings) as (server, engine):
        with pytest.raises(EngineError) as caught:
            await engine.find(TALK, OPTIONS)
        if requests is not None:
            assert len(server.requests) == requests
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    "answer",
    [
        reply("prose"),
        reply(None),
        page('{"choices": []}'),
        reply(None, refusal="No."),
        endless,
        reply("", finish_reason="content_filter"),
        letter(0.5),
    ],
)
async def test_useless_answers_still_yield_moments(answer: Action) -> None:
    async with against(answer) as (_, engine):
        found = await engine.find(TALK, OPTIONS)
    assert found.moments


async def test_busy_server_is_unavailable_after_retries() -> None:
    error = await error_of(status(503, "overloaded"), requests=3)
    assert isinstance(error, ModelUnavailableError)
    assert error.retryable
    assert "503" in error.cause
    assert "overloaded" in error.cause


@pytest.mark.parametrize("code", [429, 500, 503])
async def test_temporarily_busy_server_is_retried(code: int) -> None:
    async with against(status(code), GOOD) as (server, engine):
        assert (await engine.find(TALK, OPTIONS)).reason is None
    assert len(server.requests) > 2


async def test_persistent_rate_limit_is_unavailable() -> None:
    assert isinstance(await error_of(status(429, "slow down"), requests=3), ModelUnavailableError)


async def test_exhausted_quota_is_a_rejection() -> None:
    error = await error_of(status(429, "You exceeded your quota", error_code="insufficient_quota"))
    assert isinstance(error, ModelRequestRejectedError)
    assert not error.retryable
    assert "quota" in str(error.remedy)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [(401, "MOMENT_API_KEY"), (403, "MOMENT_API_KEY"), (404, "MOMENT_MODEL"), (413, "longer")],
)
async def test_rejected_request_has_cause_and_remedy(code: int, remedy: str) -> None:
    error = await error_of(status(code, "the model does not exist"), requests=1)
    assert isinstance(error, ModelRequestRejectedError)
    assert not error.retryable
    assert str(code) in error.cause
    assert "the-model" in error.cause
    assert "the model does not exist" in error.cause
    assert remedy in str(error.remedy)


async def test_key_is_redacted_in_errors() -> None:
    error = await error_of(status(401, "Incorrect key: the-secret"), moment_api_key="the-secret")
    assert "the-secret" not in error.cause
    assert "Incorrect key: …" in error.cause


@pytest.mark.slow
async def test_silent_server_times_out() -> None:
    error = await error_of(silence, moment_timeout_seconds=0.2)
    assert isinstance(error, ModelUnavailableError)
    assert "did not respond within 0.2 s" in error.cause
    assert "MOMENT_TIMEOUT_SECONDS" in str(error.remedy)


async def test_slow_body_times_out() -> None:
    error = await error_of(dripping, requests=1, moment_timeout_seconds=0.2)
    assert isinstance(error, ModelUnavailableError)
    assert "did not respond within 0.2 s" in error.cause


async def test_truncated_response_is_unavailable() -> None:
    error = await error_of(truncated)
    assert isinstance(error, ModelUnavailableError)
    assert "failed" in error.cause


@pytest.mark.slow
async def test_refused_connection_is_unavailable() -> None:
    async with model_server(GOOD) as server:
        url = server.url
    engine = ChatEngine(settings_of(url))
    with pytest.raises(ModelUnavailableError, match=r"the connection to 127\.0\.0\.1:"):
        await engine.find(TALK, OPTIONS)
    await engine.close()


@pytest.mark.parametrize("body", ["<html><h1>Welcome</h1> to nginx</html>", '{"ok": true}', ""])
async def test_other_servers_are_rejected(body: str) -> None:
    error = await error_of(page(body), requests=1)
    assert isinstance(error, ModelRequestRejectedError)
    assert "did not return a chat completion" in error.cause
    assert "<h1>" not in error.cause
    assert "MOMENT_BASE_URL" in str(error.remedy)


async def test_cancellation_disconnects() -> None:
    async with against(silence, worker_model_limit=2) as (server, engine):
        server.script = [GOOD, silence]
        finding = asyncio.create_task(engine.find(TALK, OPTIONS))
        while len(server.requests) < 3:
            await asyncio.sleep(0.01)
        finding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await finding
        for request in server.requests[1:]:
            await asyncio.wait_for(request.disconnected.wait(), 5)
        server.script = [GOOD]  # the cancelled requests no longer count towards the limit
        assert (await engine.find(TALK, OPTIONS)).reason is None


@pytest.mark.parametrize(
    "settings",
    [{"moment_base_url": "http://[::1"}, {"moment_api_key": "a–key"}, {"moment_api_key": "a\nkey"}],
)
def test_invalid_settings_are_named(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(settings)).upper()):
        ChatEngine(Settings(**settings))
