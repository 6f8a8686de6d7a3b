"""Logging of one line per event to stderr, as text or as JSON (`LOG_FORMAT`).

Fields are passed as `logger.warning("message", extra={"path": path})`; the ids of the current request and run
are added by the formatters. Never log secrets; queries and passwords of URLs are removed.
"""

import asyncio
import logging
import re
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson
from pydantic import ValidationError
from pythonjsonlogger.orjson import OrjsonFormatter

from app.core.config import Settings
from app.core.request_context import log_fields

ROOT = "app"
_HANDLER_NAME = "videomoments"
_COMMAND_HANDLER_NAME = "videomoments-command"
"""The handler of `app.core.command_logging`, which imports this module."""
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_UVICORN_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access")
_UVICORN_FIELDS = frozenset({"color_message"})
"""The message again, with escape sequences for terminals."""
_MAX_INTEGER = 2**63
"""orjson rejects integers from here on."""

_REDACTIONS = (
    # The whole query: links of users have secrets under any name.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s?#\"'<>]+)\?[^\s\"'<>]+", re.IGNORECASE), r"\1?…"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/?#@\"'<>]+@", re.IGNORECASE), r"\1…@"),
    # Paths without a host, as in uvicorn's access log.
    (
        re.compile(
            r"([?&](?:x-goog-[a-z-]+|signature|sig|token|access_token|upload_id|api_?key|key|password)=)"
            r"[^&\s\"'<>]+",
            re.IGNORECASE,
        ),
        r"\1…",
    ),
    (re.compile(r"\b(bearer\s+)[\w.~+/=-]{8,}", re.IGNORECASE), r"\1…"),
)


def redact(text: str) -> str:
    """Replace queries and passwords of URLs, and bearer tokens."""
    for pattern, replacement in _REDACTIONS:
        text = pattern.sub(replacement, text)
    return text


class LineFormatter(logging.Formatter):
    """`2026-02-08T10:11:12.345+00:00 WARNING app.services.x message key=value`."""

    def format(self, record: logging.LogRecord) -> str:
        fields = [f"{key}={_quoted(value)}" for key, value in _fields(record).items()]
        message = " ".join([_time(record), record.levelname, record.name, record.getMessage(), *fields])
        # A line break in a file name must not look like a second event.
        line = message.replace("\r", "\\r").replace("\n", "\\n")
        return redact(f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line)


class JsonFormatter(OrjsonFormatter):
    """One JSON object per line: `time`, `level`, `logger`, `message`, fields, `exception`, `stack`."""

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        log_data.update(
            _fields(record)
            | {
                "time": _time(record),
                "level": record.levelname,
                "logger": record.name,
                "message": record.getMessage(),
            }
        )
        for name, field in (("exc_info", "exception"), ("stack_info", "stack")):
            if name in message_dict:
                log_data[field] = message_dict[name]

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Order the fields, and convert values that JSON cannot express."""
        first = ("time", "level", "logger", "message")
        names = [*first, *(name for name in log_data if name not in first)]
        return {name: _json_value(log_data[name]) for name in names}


def configure_logging(settings: Settings) -> None:
    """Log the application's records and the libraries' warnings to stderr.

    A second call replaces format and level. With `LOG_FORMAT=json`, uvicorn's records, Python's warnings and
    uncaught exceptions become JSON lines as well.
    """
    root = logging.getLogger()
    handlers = {handler.name: handler for handler in root.handlers}
    if command_handler := handlers.get(_COMMAND_HANDLER_NAME):
        root.removeHandler(command_handler)
    handler = handlers.get(_HANDLER_NAME)
    if handler is None:
        handler = logging.StreamHandler(sys.stderr)
        handler.name = _HANDLER_NAME
        root.addHandler(handler)
        logging.getLogger("uvicorn.error").addFilter(_drop_shutdown_noise)
    is_json = settings.log_format == "json"
    handler.setFormatter(JsonFormatter() if is_json else LineFormatter())
    logging.getLogger(ROOT).setLevel(settings.log_level.upper())
    if is_json:
        _take_over_uvicorn()
        logging.captureWarnings(True)
        sys.excepthook = _log_uncaught


def configure_startup_logging() -> None:
    """Configure JSON lines before uvicorn logs that it starts. Invalid settings are reported later."""
    settings = settings_or_defaults()
    if settings.log_format == "json":
        configure_logging(settings)


def settings_or_defaults() -> Settings:
    """Return the settings, or the defaults if they are invalid, which is reported elsewhere."""
    try:
        return Settings()  # not cached: the embedded servers may start later
    except ValidationError:
        return Settings.model_construct()


def _take_over_uvicorn() -> None:
    """Pass uvicorn's records to the root logger; a disabled access log stays disabled."""
    for name in _UVICORN_LOGGERS:
        uvicorn = logging.getLogger(name)
        if uvicorn.handlers:
            uvicorn.handlers = []
            uvicorn.propagate = True


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
    else:
        logging.getLogger(ROOT).critical("Uncaught exception", exc_info=(kind, error, traceback))


def _drop_shutdown_noise(record: logging.LogRecord) -> bool:
    """Drop records about event streams that were cancelled at shutdown."""
    cancelled = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cancelled and "timeout graceful shutdown exceeded" not in record.getMessage()


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return the fields of the context and of the record, which takes precedence."""
    ignored = _STANDARD | _UVICORN_FIELDS
    return {**log_fields(), **{key: value for key, value in record.__dict__.items() if key not in ignored}}


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _json_value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int) and -_MAX_INTEGER <= value < _MAX_INTEGER:
        return int(value)
    return redact(_encodable(str(value)))


def _encodable(text: str) -> str:
    """Replace unpaired surrogates, which file names can contain and UTF-8 cannot express."""
    return text.encode("utf-8", "replace").decode()


def _quoted(value: object) -> str:
    text = str(value)
    plain = text.isprintable() and not any(character in text for character in ' "=')
    return text if text and plain else orjson.dumps(_encodable(text)).decode()
