"""One line for one event on stderr: time, level, logger, words, and the event's own fields as `key=value`.

Fields are given as `logger.warning("words", extra={"video": identifier})`. Secrets are never fields.
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
    """`2026-02-08T10:11:12.345+00:00 WARNING app.services.x words key=value`."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = [f"{key}={_quoted(value)}" for key, value in record.__dict__.items() if key not in _STANDARD]
        words = " ".join([time, record.levelname, record.name, record.getMessage(), *fields])
        # A line break in a file's name must not look like a second event.
        line = words.replace("\r", "\\r").replace("\n", "\\n")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _drop_shutdown_noise(record: logging.LogRecord) -> bool:
    """Not that a stream of events, which would never end by itself, was ended with the server."""
    cancelled = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cancelled and "timeout graceful shutdown exceeded" not in record.getMessage()


def configure_logging(level: int = logging.INFO) -> None:
    """Send what the application logs to stderr, and what libraries warn of. A second call changes nothing."""
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
