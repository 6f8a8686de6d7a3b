"""Client of an OpenAI-compatible chat server; maps all failures of the `openai` library to ours."""

import asyncio
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx2
import openai
from openai.types.chat import ChatCompletionMessageParam
from openai.types.shared_params import ResponseFormatJSONSchema
from pydantic import BaseModel, ValidationError

from app.core.config import Settings
from app.core.exceptions import (
    ConfigurationError,
    EngineError,
    ModelRequestRejectedError,
    ModelUnavailableError,
)

OPENAI_URL = "https://api.openai.com/v1"
CONNECT_SECONDS = 10.0
MAX_RESPONSE_BYTES = 1024**2
"""Titles take some kilobytes, and answers of one token with alternatives less."""

MAX_QUOTED = 300
"""Characters of a server's message quoted in an error."""

UNAVAILABLE_REMEDY = "check MOMENT_BASE_URL, or retry when the server is up again"
TIMEOUT_REMEDY = "retry; for a slow model raise MOMENT_TIMEOUT_SECONDS, or use a smaller model"
STATUS_REMEDIES = {
    400: "check MOMENT_MODEL and MOMENT_TEMPERATURE; the model must accept texts of this length",
    401: "set MOMENT_API_KEY to a valid key",
    403: "check that MOMENT_API_KEY may use MOMENT_MODEL",
    404: "check MOMENT_BASE_URL, which ends in /v1 on most servers, and MOMENT_MODEL",
    413: "use a model or server that accepts longer texts",
    429: "the quota is used up: add credit or use another key",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """Text of the model; `truncated` gives the reason if it is incomplete."""

    text: str
    truncated: str | None = None


@dataclass(frozen=True, slots=True)
class FirstToken:
    """Beginning of an answer.

    Attributes:
        text: what the model wrote; empty if it refused.
        probabilities: of the first token and its alternatives; empty if the server does not return them.
    """

    text: str
    probabilities: Mapping[str, float] = field(default_factory=dict)


TOKEN_REQUESTS: tuple[Mapping[str, Any], ...] = (
    {"max_tokens": 1, "logprobs": True, "top_logprobs": 5},
    {"max_tokens": 1},
    {},
)
"""Requests for one token; servers that reject one get the next.

Few local servers return probabilities, and some models reject a limit of tokens.
"""


class _Alternative(BaseModel):
    token: str
    logprob: float


class _TokenLogprobs(_Alternative):
    top_logprobs: list[_Alternative] = []


class _Logprobs(BaseModel):
    content: list[_TokenLogprobs] | None = None


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None
    logprobs: Any = None


class _Completion(BaseModel):
    choices: list[_Choice]


class ChatClient:
    """Chat completions with the `moment_*` settings, at most `worker_model_limit` at a time."""

    def __init__(self, settings: Settings) -> None:
        key = settings.moment_api_key.get_secret_value() if settings.moment_api_key else None
        if key is not None and not (key.isascii() and key.isprintable()):
            raise ConfigurationError(
                "MOMENT_API_KEY contains characters that are not allowed in an HTTP header",
                remedy="copy the key again, without quotes and line breaks",
            )
        self._key = key
        self.model = settings.moment_model
        self._temperature = settings.moment_temperature
        self._timeout = settings.moment_timeout_seconds
        self._limit = asyncio.Semaphore(settings.worker_model_limit)
        self._supports_schemas = True
        self._token_request = 0
        url = settings.moment_base_url or OPENAI_URL
        try:
            self._server = urlsplit(url).netloc.rpartition("@")[2] or url
            self._client = openai.AsyncOpenAI(
                base_url=url,
                api_key=key or "none",  # without a key, the client sends OPENAI_API_KEY to this server
                timeout=httpx2.Timeout(self._timeout, connect=min(CONNECT_SECONDS, self._timeout)),
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise ConfigurationError(
                f"MOMENT_BASE_URL is not a valid URL: {error}",
                remedy="set it to a URL such as http://127.0.0.1:8000/v1",
            ) from error

    async def close(self) -> None:
        await self._client.close()

    async def complete(
        self, messages: list[ChatCompletionMessageParam], response_type: type[BaseModel]
    ) -> Reply:
        """Return the model's reply, in the JSON schema of `response_type` if the server supports schemas.

        Raises:
            ModelUnavailableError: connection failure, timeout or busy server, after the client's retries.
            ModelRequestRejectedError: the server or the model declined the request.
        """
        async with self._limit:
            try:
                body = await self._body(messages, response_type)
            except (openai.OpenAIError, httpx2.HTTPError, TimeoutError) as error:
                raise self._map_error(error) from error
        return Reply("", truncated="it was far too long") if body is None else self._parse_reply(body)

    async def first_token(self, messages: list[ChatCompletionMessageParam]) -> FirstToken:
        """Return the first token of the model's reply, with the probabilities of others if possible.

        Raises:
            ModelUnavailableError, ModelRequestRejectedError: see `complete`; refusals return an empty text.
        """
        async with self._limit:
            try:
                body = await self._token_body(messages)
            except (openai.OpenAIError, httpx2.HTTPError, TimeoutError) as error:
                raise self._map_error(error) from error
        choice = None if body is None else self._parse_choice(body)
        if choice is None or choice.message.refusal or choice.finish_reason == "content_filter":
            return FirstToken("")
        return FirstToken(choice.message.content or "", _first_probabilities(choice.logprobs))

    async def _body(
        self, messages: list[ChatCompletionMessageParam], response_type: type[BaseModel]
    ) -> bytes | None:
        if self._supports_schemas:
            try:
                return await self._post(messages, response_format=_schema_format(response_type))
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                body = await self._post(messages)
                self._supports_schemas = False  # the same request succeeded without the schema
                return body
        return await self._post(messages)

    async def _token_body(self, messages: list[ChatCompletionMessageParam]) -> bytes | None:
        """Send the first of `TOKEN_REQUESTS` that the server accepts, and start with it the next time."""
        for number in range(self._token_request, len(TOKEN_REQUESTS)):
            try:
                body = await self._post(messages, **TOKEN_REQUESTS[number])
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                if number + 1 == len(TOKEN_REQUESTS):
                    raise
            else:
                self._token_request = max(self._token_request, number)
                return body
        raise AssertionError  # the loop returns or raises

    async def _post(self, messages: list[ChatCompletionMessageParam], **options: Any) -> bytes | None:
        """Return the response body, or None if it exceeds `MAX_RESPONSE_BYTES`."""
        request = self._client.chat.completions.with_streaming_response.create(
            model=self.model,
            messages=messages,
            temperature=openai.omit if self._temperature is None else self._temperature,
            **options,
        )
        body = bytearray()
        async with request as response, asyncio.timeout(self._timeout):
            async for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_RESPONSE_BYTES:
                    return None
        return bytes(body)

    def _parse_reply(self, body: bytes) -> Reply:
        choice = self._parse_choice(body)
        if choice is None:
            return Reply("")
        if choice.message.refusal or choice.finish_reason == "content_filter":
            message = choice.message.refusal or "the content filter stopped the response"
            raise ModelRequestRejectedError(
                f"{self.model} refused to respond: {_one_line(message)}",
                remedy="change user_prompt, or use another model",
            )
        truncated = "it reached the length limit" if choice.finish_reason == "length" else None
        return Reply(choice.message.content or "", truncated=truncated)

    def _parse_choice(self, body: bytes) -> _Choice | None:
        try:
            choices = _Completion.model_validate_json(body).choices
        except ValidationError as error:
            raise ModelRequestRejectedError(
                f"{self._server} did not return a chat completion: "
                f"{_one_line(body[: MAX_QUOTED * 4].decode(errors='replace')) or 'empty response'}",
                remedy=STATUS_REMEDIES[404],
            ) from error
        return choices[0] if choices else None

    def _map_error(self, error: Exception) -> EngineError:
        if isinstance(error, openai.APIStatusError):
            return self._map_status(error)
        if isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException, TimeoutError)):
            return ModelUnavailableError(
                f"{self._server} did not respond within {self._timeout:g} s", remedy=TIMEOUT_REMEDY
            )
        cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
        return ModelUnavailableError(
            f"the connection to {self._server} failed: {str(cause) or type(cause).__name__}",
            remedy=UNAVAILABLE_REMEDY,
        )

    def _map_status(self, error: openai.APIStatusError) -> EngineError:
        status = error.status_code
        cause = f"{self._server} returned {status} for {self.model}: {self._message(error)}"
        no_quota = error.code == "insufficient_quota"
        if status >= 500 or (status in {408, 409, 429} and not no_quota):  # noqa: PLR2004 - HTTP status codes
            return ModelUnavailableError(cause, remedy=UNAVAILABLE_REMEDY)
        return ModelRequestRejectedError(cause, remedy=STATUS_REMEDIES.get(status, STATUS_REMEDIES[400]))

    def _message(self, error: openai.APIStatusError) -> str:
        """Return the server's message without the key, which some servers repeat."""
        body: Any = error.body
        message = body.get("message") if isinstance(body, dict) else body
        text = _one_line(str(message or error.response.reason_phrase))
        return text.replace(self._key, "…") if self._key else text


def _first_probabilities(logprobs: Any) -> dict[str, float]:
    """Return the probabilities by token; empty for any other shape, which some servers return."""
    try:
        content = _Logprobs.model_validate(logprobs).content
    except ValidationError:
        return {}
    if not content:
        return {}
    tokens = {one.token: one.logprob for one in (content[0], *content[0].top_logprobs)}
    return {token: math.exp(logprob) for token, logprob in tokens.items() if logprob <= 0}


def _schema_format(response_type: type[BaseModel]) -> ResponseFormatJSONSchema:
    kind: Literal["json_schema"] = "json_schema"
    schema: dict[str, object] = response_type.model_json_schema()
    return {"type": kind, "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def _one_line(text: str) -> str:
    """Remove HTML tags and line breaks, and truncate to `MAX_QUOTED` characters."""
    plain = " ".join(re.sub(r"<[^>]*>", " ", text).split())
    return plain if len(plain) <= MAX_QUOTED else plain[:MAX_QUOTED] + "…"
