"""HTTP client of the API, with errors like those of local commands."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from app.core.exceptions import ExitCode, VideoMomentsError
from app.models.schemas import Problem
from cli.remote.server import KEY_VARIABLE, Server

TIMEOUT = httpx.Timeout(60, connect=10)
RETRIES = 2
"""Attempts to connect again after a failed connection."""

Model = TypeVar("Model", bound=BaseModel)


class ServerUnavailableError(VideoMomentsError):
    """No response from the server."""

    type, title, retryable = "server-unavailable", "The server cannot be reached", True
    exit_code = ExitCode.CONFIGURATION


class RemoteError(VideoMomentsError):
    """The server refused a request."""

    type, title = "remote", "The server refused the request"

    def __init__(self, cause: str, remedy: str | None, status: int) -> None:
        super().__init__(cause, remedy=remedy)
        self.http_status = status


class RemoteAccessError(RemoteError):
    """The key is missing, wrong, or its scope is not enough."""

    exit_code = ExitCode.CONFIGURATION


class ApiClient:
    """Requests to one server; use as an async context manager."""

    def __init__(self, server: Server, transport: httpx.AsyncBaseTransport | None = None) -> None:
        headers = {"authorization": f"Bearer {server.key}"} if server.key else {}
        self.server = server
        self._client = httpx.AsyncClient(
            base_url=server.url,
            headers=headers,
            timeout=TIMEOUT,
            transport=transport or httpx.AsyncHTTPTransport(retries=RETRIES),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request; parameters that are None are left out.

        Raises:
            ServerUnavailableError: no response.
            RemoteError: the response is an error.
        """
        given = {name: value for name, value in (params or {}).items() if value is not None}
        try:
            response = await self._client.request(
                method, path, params=given, json=json, content=content, headers=headers
            )
        except httpx.HTTPError as error:
            raise ServerUnavailableError(
                f"no response from {self.server.url}: {error or type(error).__name__}",
                remedy="check the address, and that the server is running",
            ) from error
        if response.is_error:
            raise _to_error(response)
        return response

    async def get(self, path: str, **params: Any) -> Any:
        """Return the JSON of a GET request."""
        return _json(await self.request("GET", path, params=params))

    async def get_text(self, path: str) -> str:
        return (await self.request("GET", path)).text

    async def post(self, path: str, body: object) -> Any:
        """Return the JSON of a POST request."""
        return _json(await self.request("POST", path, json=body))

    async def read(self, model: type[Model], path: str, **params: Any) -> Model:
        """Return the JSON of a GET request as a model."""
        return model.model_validate(await self.get(path, **params))


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise RemoteError(
            f"{response.url} did not answer with JSON",
            "check that the address is that of a VideoMoments server",
            response.status_code,
        ) from error


def _to_error(response: httpx.Response) -> RemoteError:
    status = response.status_code
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        cause = f"{response.url.copy_with(query=None)} answered {status}"
        return RemoteError(cause, "check that the address is that of a VideoMoments server", status)
    remedy = problem.remedy
    if status == HTTPStatus.UNAUTHORIZED:
        remedy = f"give a key of the server by --key or {KEY_VARIABLE}"
    fields = [f"{'.'.join(map(str, each.location))}: {each.message}" for each in problem.errors or ()]
    cause = "; ".join([problem.detail, *fields])
    is_access = status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    return (RemoteAccessError if is_access else RemoteError)(cause, remedy, status)
