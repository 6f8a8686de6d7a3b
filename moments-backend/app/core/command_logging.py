"""Warnings of commands on stderr: the bare message, or JSON (`LOG_FORMAT`).

Imports the settings with the first warning only: help and usage errors of a command do not need them.
"""

import logging
import sys

HANDLER_NAME = "videomoments-command"


class _CommandHandler(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.name = HANDLER_NAME

    def emit(self, record: logging.LogRecord) -> None:
        if self.formatter is None:
            self.formatter = _formatter()
        try:
            line = self.format(record)
            if sys.stderr is not None:
                sys.stderr.write(f"{line}\n")
        except Exception:  # noqa: BLE001 - as every handler of the library does
            self.handleError(record)


def configure_command_logging() -> None:
    """Log the warnings of a command; `configure_logging` of a server replaces this."""
    logging.getLogger().addHandler(_CommandHandler())


def _formatter() -> logging.Formatter:
    from app.core.logging import JsonFormatter, settings_or_defaults  # noqa: PLC0415

    return JsonFormatter() if settings_or_defaults().log_format == "json" else logging.Formatter()
