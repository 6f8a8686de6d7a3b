"""Format of log lines."""

import logging
import sys

import pytest

from app.core.logging import LineFormatter, configure_logging


def line(message: str, *arguments: object, **fields: object) -> str:
    record = logging.makeLogRecord(
        {"name": "app.x", "levelno": 30, "levelname": "WARNING", "msg": message, "args": arguments} | fields
    )
    record.created = 1_770_545_472.345
    return LineFormatter().format(record)


def test_event_is_one_line_with_fields() -> None:
    assert line("%d objects remain", 2, video="talk", empty="", words="a b", quoted='"') == (
        "2026-02-08T10:11:12.345+00:00 WARNING app.x 2 objects remain"
        ' video=talk empty="" words="a b" quoted="\\""'
    )


def test_line_breaks_are_escaped() -> None:
    assert "\n" not in line("a\nb", name_of_file="x\r\n2026 ERROR forged")
    assert "\n" not in line("%s", "a\nb")


def test_undecodable_bytes_are_replaced() -> None:
    assert line("x", path="\udcff").endswith('path="?"')


def test_traceback_follows_its_line() -> None:
    try:
        raise ValueError("cause")
    except ValueError:
        text = line("fault", exc_info=sys.exc_info())
    assert text.splitlines()[0].endswith("fault")
    assert text.splitlines()[-1] == "ValueError: cause"


def test_configuring_twice_adds_one_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    configure_logging()
    configure_logging()
    (handler,) = root.handlers
    assert isinstance(handler.formatter, LineFormatter)
