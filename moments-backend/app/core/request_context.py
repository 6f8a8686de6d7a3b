"""Ids of the current request and run, which log lines and problem bodies contain.

They are context variables: every task and thread that a request or a run starts inherits them.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import MappingProxyType

REQUEST_ID = "request_id"
RUN_ID = "run_id"
VIDEO_ID = "video_id"

_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,128}")

_fields: ContextVar[Mapping[str, str]] = ContextVar("log_fields", default=MappingProxyType({}))


def log_fields() -> Mapping[str, str]:
    """Return the fields of the current context."""
    return _fields.get()


def current_request_id() -> str | None:
    return _fields.get().get(REQUEST_ID)


@contextmanager
def log_context(**fields: str | None) -> Iterator[None]:
    """Add fields to the log lines written inside the block; None removes a field."""
    merged = {name: value for name, value in {**_fields.get(), **fields}.items() if value is not None}
    token = _fields.set(merged)
    try:
        yield
    finally:
        _fields.reset(token)


def set_request_id(request_id: str) -> Token[Mapping[str, str]]:
    """Start the context of a request, until `end_request` is called with the result.

    Cheaper than `log_context`, for the start of every request.
    """
    return _fields.set({REQUEST_ID: request_id})


def end_request(token: Token[Mapping[str, str]]) -> None:
    _fields.reset(token)


def choose_request_id(received: str | None) -> str:
    """Return the id that a client or proxy sent, or a new one if it is missing or unusable.

    Restricted to characters that need no escaping in a header, a log line or a shell.
    """
    if received is not None and _ACCEPTED.fullmatch(received):
        return received
    return new_request_id()


def new_request_id() -> str:
    return os.urandom(16).hex()
