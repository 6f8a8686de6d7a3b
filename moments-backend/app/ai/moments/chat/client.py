"""One question to the model's server, and every way in which it can fail, named.

Nothing of the vendor's gets past this module.
"""

import asyncio
import re
from dataclasses import dataclass
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
MAX_ANSWER_BYTES = 4 * 1024**2
"""A hundred moments with their reasons are 50 kB; what is larger is no answer to our question."""

MAX_QUOTED = 300
"""Characters of a server's own words in an error."""

UNAVAILABLE_REMEDY = "retry once the server answers again; is MOMENT_BASE_URL right?"
TIMEOUT_REMEDY = "retry; raise MOMENT_TIMEOUT_SECONDS where the model is slow, or take a smaller one"
REFUSALS = {
    400: "check MOMENT_MODEL and MOMENT_TEMPERATURE; the model must take texts of this length",
    401: "set MOMENT_API_KEY to a key that this server knows",
    403: "this key may not use the model: check MOMENT_API_KEY and MOMENT_MODEL",
    404: "check MOMENT_BASE_URL, which ends in /v1 on most servers, and MOMENT_MODEL",
    413: "take a model, or a server, that accepts longer texts",
    429: "the account has no quota left: add credit, or take another key",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said. `cut` says why it stopped before its end, when it did."""

    text: str
    cut: str | None = None


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: list[_Choice]


class ChatClient:
    """The model's server, under the settings' address, key, model, temperature and time limit."""

    def __init__(self, settings: Settings) -> None:
        key = settings.moment_api_key.get_secret_value() if settings.moment_api_key else None
        if key is not None and not (key.isascii() and key.isprintable()):
            raise ConfigurationError(
                "MOMENT_API_KEY holds characters that no HTTP header can carry",
                remedy="copy the key again, without quotes and line ends",
            )
        self._key = key
        self.model = settings.moment_model
        self._temperature = settings.moment_temperature
        self._timeout = settings.moment_timeout_seconds
        self._slots = asyncio.Semaphore(settings.worker_model_limit)
        self._knows_schemas = True
        url = settings.moment_base_url or OPENAI_URL
        try:
            self._server = urlsplit(url).netloc.rpartition("@")[2] or url
            self._client = openai.AsyncOpenAI(
                base_url=url,
                api_key=key or "none",  # else the client takes OPENAI_API_KEY, and sends it to this server
                timeout=httpx2.Timeout(self._timeout, connect=min(CONNECT_SECONDS, self._timeout)),
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise ConfigurationError(
                f"MOMENT_BASE_URL is no address: {error}",
                remedy="set it to one such as http://127.0.0.1:8000/v1",
            ) from error

    async def close(self) -> None:
        await self._client.close()

    async def complete(self, messages: list[ChatCompletionMessageParam], shape: type[BaseModel]) -> Reply:
        """The model's answer, asked for in the JSON schema of `shape` where the server knows schemas.

        Raises:
            ModelUnavailableError: away, busy or silent, after the retries of the client itself.
            ModelRequestRejectedError: the server, or the model, says no.
        """
        async with self._slots:
            try:
                body = await self._body(messages, shape)
            except (openai.OpenAIError, httpx2.HTTPError, TimeoutError) as error:
                raise self._translated(error) from error
        return Reply("", cut="it was far too long") if body is None else self._reply(body)

    async def _body(self, messages: list[ChatCompletionMessageParam], shape: type[BaseModel]) -> bytes | None:
        if self._knows_schemas:
            try:
                return await self._post(messages, _schema_format(shape))
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                body = await self._post(messages, None)
                self._knows_schemas = False  # only now is it sure that the schema was what it did not like
                return body
        return await self._post(messages, None)

    async def _post(
        self, messages: list[ChatCompletionMessageParam], schema: ResponseFormatJSONSchema | None
    ) -> bytes | None:
        """The body of the answer; None when it goes on past any sensible length."""
        request = self._client.chat.completions.with_streaming_response.create(
            model=self.model,
            messages=messages,
            temperature=openai.omit if self._temperature is None else self._temperature,
            response_format=openai.omit if schema is None else schema,
        )
        body = bytearray()
        async with request as response, asyncio.timeout(self._timeout):
            async for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    return None
        return bytes(body)

    def _reply(self, body: bytes) -> Reply:
        try:
            choices = _Completion.model_validate_json(body).choices
        except ValidationError as error:
            raise ModelRequestRejectedError(
                f"{self._server} answers, but not as a server of chat models does: "
                f"{_shortened(body[: MAX_QUOTED * 4].decode(errors='replace')) or 'with nothing'}",
                remedy=REFUSALS[404],
            ) from error
        if not choices:
            return Reply("")
        choice = choices[0]
        if choice.message.refusal or choice.finish_reason == "content_filter":
            words = choice.message.refusal or "its filter for contents stopped the answer"
            raise ModelRequestRejectedError(
                f"{self.model} declines to answer: {_shortened(words)}",
                remedy="ask for something else in user_prompt, or take another model",
            )
        cut = "it reached the limit of its length" if choice.finish_reason == "length" else None
        return Reply(choice.message.content or "", cut=cut)

    def _translated(self, error: Exception) -> EngineError:
        if isinstance(error, openai.APIStatusError):
            return self._status_error(error)
        if isinstance(error, (openai.APITimeoutError, httpx2.TimeoutException, TimeoutError)):
            return ModelUnavailableError(
                f"{self._server} had not answered after {self._timeout:g} s", remedy=TIMEOUT_REMEDY
            )
        words = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
        return ModelUnavailableError(
            f"the connection to {self._server} failed: {str(words) or type(words).__name__}",
            remedy=UNAVAILABLE_REMEDY,
        )

    def _status_error(self, error: openai.APIStatusError) -> EngineError:
        status = error.status_code
        cause = f"{self._server} answers {status} for {self.model}: {self._words_of(error)}"
        no_quota = error.code == "insufficient_quota"
        if status >= 500 or (status in {408, 409, 429} and not no_quota):  # noqa: PLR2004 -- HTTP's own figures
            return ModelUnavailableError(cause, remedy=UNAVAILABLE_REMEDY)
        return ModelRequestRejectedError(cause, remedy=REFUSALS.get(status, REFUSALS[400]))

    def _words_of(self, error: openai.APIStatusError) -> str:
        """What the server said, without the key, which some repeat."""
        body: Any = error.body
        words = body.get("message") if isinstance(body, dict) else body
        text = _shortened(str(words or error.response.reason_phrase))
        return text.replace(self._key, "…") if self._key else text


def _schema_format(shape: type[BaseModel]) -> ResponseFormatJSONSchema:
    kind: Literal["json_schema"] = "json_schema"
    schema: dict[str, object] = shape.model_json_schema()
    return {"type": kind, "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def _shortened(text: str) -> str:
    """One line, without the marks of a web page."""
    plain = " ".join(re.sub(r"<[^>]*>", " ", text).split())
    return plain if len(plain) <= MAX_QUOTED else plain[:MAX_QUOTED] + "…"
