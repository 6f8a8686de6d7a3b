"""Chat engine against a faulty server: cause and remedy of each error."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.ai.moments.chat import ChatEngine
from app.core.config import Settings
from app.core.exceptions import (
    ConfigurationError,
    EngineError,
    InvalidModelResponseError,
    ModelRequestRejectedError,
    ModelUnavailableError,
)
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from tests.ai.moments.support.model_server import (
    Action,
    ModelServer,
    Request,
    dripping,
    endless,
    model_server,
    page,
    reply,
    silence,
    status,
    truncated,
    without_schemas,
)
from tests.ai.moments.support.transcripts import random_transcript, spoken

TALK = spoken(*[f"This is sentence number {index} now." for index in range(40)], pause=1.0)
OPTIONS = GenerationOptions(min_moment_length=8, max_moment_length=40, min_moments=1, max_moments=5)


def pick(**changes: Any) -> dict[str, Any]:
    defaults = {"first_line": 2, "last_line": 5, "quote_line": 3, "title": "T", "score": 5, "reason": "R"}
    return {**defaults, **changes}


def moments(*picks: dict[str, Any], topics: list[int] | None = None) -> Action:
    return reply({"moments": list(picks), "topic_starts": topics or []})


GOOD = moments(pick())
EMPTY_CHOICES = page('{"choices": []}')


@pytest.fixture(autouse=True)
def _own_settings(clean_environment: None) -> None:
    """Ignore the developer's environment."""


def settings_of(url: str, **changes: Any) -> Settings:
    return Settings(moment_engine="openai", moment_base_url=url, moment_model="the-model", **changes)


@asynccontextmanager
async def against(*script: Action, **settings: Any) -> AsyncIterator[tuple[ModelServer, ChatEngine]]:
    async with model_server(*script) as server:
        engine = ChatEngine(settings_of(server.url, **settings))
        try:
            yield server, engine
        finally:
            await engine.close()


async def error_of(*script: Action, requests: int | None = None, **settings: Any) -> EngineError:
    async with against(*script, **settings) as (server, engine):
        with pytest.raises(EngineError) as caught:
            await engine.find(TALK, OPTIONS)
        if requests is not None:
            assert len(server.requests) == requests
    assert caught.value.remedy
    return caught.value


INVALID_RESPONSES = {
    "prose": (reply("I would pick the part about the sea."), "not one JSON object"),
    "prose around JSON": (reply('Sure: {"moments": []}'), "not one JSON object"),
    "broken JSON": (reply('{"moments": ['), "not one JSON object"),
    "nothing": (reply(""), "was empty"),
    "null": (reply(None), "was empty"),
    "no choices": (EMPTY_CHOICES, "was empty"),
    "only thoughts": (reply("<think>Well…</think>"), "was empty"),
    "another shape": (reply({"clips": []}), "moments: Field required"),
    "a number": (reply("42"), "The answer: "),
    "times": (reply({"moments": [{"start": 12.5, "end": 30, "title": "T"}]}), "moments.0.first_line: Field"),
    "times as lines": (moments(pick(first_line=12.5)), "first_line: Input should be a valid integer"),
    "past the end": (moments(pick(last_line=40)), "there is no line 40; the lines are 0 to 39"),
    "before the start": (moments(pick(first_line=-1)), "there is no line -1"),
    "huge": (moments(pick(last_line=10**30)), "there is no line 1000000"),
    "reversed": (moments(pick(first_line=5, last_line=2)), "first_line 5 comes after last_line 2"),
    "twice the same": (moments(pick(), pick()), "moments.1: the same lines as moments.0"),
    "quote elsewhere": (moments(pick(quote_line=9)), "quote_line 9 is not one of 2 to 5"),
    "no title": (moments(pick(title=" \n")), "title must have 1 to 200 characters"),
    "long title": (moments(pick(title="x" * 201)), "title must have 1 to 200 characters"),
    "score of 100": (moments(pick(score=85)), "score 85 is not between 0 and 10"),
    "no number": (moments(pick(score=float("nan"))), "score nan is not between"),
    "topic past the end": (moments(pick(), topics=[0, 77]), "topic_starts: there is no line 77"),
    "cut at its limit": (reply('{"moments": [', finish_reason="length"), "length limit"),
    "endless": (endless, "far too long"),
}  # fmt: skip


@pytest.mark.parametrize("name", INVALID_RESPONSES)
async def test_invalid_response_is_corrected_or_fails(name: str) -> None:
    bad, expected = INVALID_RESPONSES[name]
    async with against(bad, GOOD, bad, bad, GOOD) as (server, engine):
        found = await engine.find(TALK, OPTIONS)
        with pytest.raises(InvalidModelResponseError) as caught:
            await engine.find(TALK, OPTIONS)

    assert len(found.moments) == 1
    assert len(server.requests) == 4
    first, second = server.requests[:2]
    assert second.messages[: len(first.messages)] == first.messages
    response, request = second.messages[len(first.messages) :]
    assert (response["role"], request["role"]) == ("assistant", "user")
    assert expected in request["content"]

    error = caught.value
    assert error.cause.startswith("the-model returned no usable response in two attempts; the second one: ")
    assert expected in error.cause
    assert error.remedy
    assert error.retryable


@pytest.mark.slow
async def test_number_of_reported_errors_is_limited() -> None:
    error = await error_of(reply({"moments": [{} for _ in range(2000)]}))
    assert len(error.cause) < 2000
    error = await error_of(moments(*[pick(last_line=900 + index) for index in range(2000)]))
    assert len(error.cause) < 2000


async def test_long_invalid_response_is_truncated() -> None:
    async with against(reply("word " * 100_000), GOOD) as (server, engine):
        await engine.find(TALK, OPTIONS)
    assert len(server.requests[1].messages[-2]["content"]) < 10_000


async def test_busy_server_is_unavailable_after_retries() -> None:
    error = await error_of(status(503, "overloaded"), requests=3)
    assert isinstance(error, ModelUnavailableError)
    assert error.retryable
    assert "503" in error.cause
    assert "overloaded" in error.cause


@pytest.mark.parametrize("code", [429, 500, 503])
async def test_temporarily_busy_server_is_retried(code: int) -> None:
    async with against(status(code), GOOD) as (server, engine):
        assert len((await engine.find(TALK, OPTIONS)).moments) == 1
    assert len(server.requests) == 2


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


async def test_request_rejected_without_schema_too() -> None:
    error = await error_of(status(400, "temperature is not supported"), requests=2)
    assert isinstance(error, ModelRequestRejectedError)
    assert "temperature is not supported" in error.cause


async def test_rejected_request_keeps_schemas_enabled() -> None:
    script = [without_schemas(GOOD), status(400), without_schemas(GOOD), status(400), GOOD]
    async with against(*script) as (server, engine):
        with pytest.raises(ModelRequestRejectedError):
            await engine.find(TALK, OPTIONS)
        with pytest.raises(ModelRequestRejectedError):
            await engine.find(TALK, OPTIONS)
        assert len((await engine.find(TALK, OPTIONS)).moments) == 1
    assert [request.has_schema for request in server.requests] == [True, False, True, False, True]


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


async def test_refusal_quotes_the_model() -> None:
    error = await error_of(reply(None, refusal="I cannot help with that."), requests=1)
    assert isinstance(error, ModelRequestRejectedError)
    assert "I cannot help with that." in error.cause


async def test_content_filter_is_a_rejection() -> None:
    error = await error_of(reply("", finish_reason="content_filter"), requests=1)
    assert isinstance(error, ModelRequestRejectedError)


@pytest.mark.parametrize("body", ["<html><h1>Welcome</h1> to nginx</html>", '{"ok": true}', ""])
async def test_other_servers_are_rejected(body: str) -> None:
    error = await error_of(page(body), requests=1)
    assert isinstance(error, ModelRequestRejectedError)
    assert "did not return a chat completion" in error.cause
    assert "<h1>" not in error.cause
    assert "MOMENT_BASE_URL" in str(error.remedy)


async def test_cancellation_disconnects() -> None:
    async with against(silence, worker_model_limit=2) as (server, engine):
        finding = asyncio.create_task(engine.find(random_transcript(1, sentences=900), OPTIONS))
        while len(server.requests) < 2:
            await asyncio.sleep(0.01)
        finding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await finding
        for request in server.requests:
            await asyncio.wait_for(request.disconnected.wait(), 5)
        server.script = [GOOD]  # the cancelled requests no longer count towards the limit
        assert len((await engine.find(TALK, OPTIONS)).moments) == 1


async def test_refinement_errors() -> None:
    moment = Moment(id="0" * 16, start_time=8, end_time=23, title="T", score=5)

    async def wrong(request: Request) -> None:
        await reply({"first_line": 5, "last_line": 2, "quote_line": 3, "title": "T"})(request)

    async with against(wrong) as (server, engine):
        with pytest.raises(InvalidModelResponseError, match="first_line 5 comes after"):
            await engine.refine(moment, TALK, OPTIONS)
        assert len(server.requests) == 2
    async with against(status(401)) as (server, engine):
        with pytest.raises(ModelRequestRejectedError):
            await engine.refine(moment, TALK, OPTIONS)


@pytest.mark.parametrize(
    "settings",
    [{"moment_base_url": "http://[::1"}, {"moment_api_key": "a–key"}, {"moment_api_key": "a\nkey"}],
)
def test_invalid_settings_are_named(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(settings)).upper()):
        ChatEngine(Settings(**settings))
