"""Logging of one line per event to stderr: time, level, logger, message, and fields as `key=value`.

Fields are passed as `logger.warning("message", extra={"video": identifier})`. Never log secrets.
"""

import asyncio
import logging
import sys
from datetime import UTC, datetime

import orjson

ROOT = "app"
_HANDLER_NAME = "videomoments"
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class LineFormatter(logging.Formatter):
    """`2026-02-08T10:11:12.345+00:00 WARNING app.services.x message key=value`."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = [f"{key}={_quoted(value)}" for key, value in record.__dict__.items() if key not in _STANDARD]
        message = " ".join([time, record.levelname, record.name, record.getMessage(), *fields])
        # A line break in a file name must not look like a second event.
        line = message.replace("\r", "\\r").replace("\n", "\\n")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _drop_shutdown_noise(record: logging.LogRecord) -> bool:
    """Drop records about event streams that were cancelled at shutdown."""
    cancelled = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cancelled and "timeout graceful shutdown exceeded" not in record.getMessage()


def configure_logging(level: int = logging.INFO) -> None:
    """Log the application's records and the libraries' warnings to stderr. A second call has no effect."""
    root = logging.getLogger()
    if any(handler.name == _HANDLER_NAME for handler in root.handlers):
        return
    logging.getLogger("uvicorn.error").addFilter(_drop_shutdown_noise)
    handler = logging.StreamHandler(sys.stderr)
    handler.name = _HANDLER_NAME
    handler.setFormatter(LineFormatter())
    root.addHandler(handler)
    logging.getLogger(ROOT).setLevel(level)


def _quoted(value: object) -> str:
    text = str(value)
    plain = text.isprintable() and not any(character in text for character in ' "=')
    return text if text and plain else orjson.dumps(text.encode("utf-8", "replace").decode()).decode()
