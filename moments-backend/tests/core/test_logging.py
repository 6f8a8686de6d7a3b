"""What a line in the log looks like."""

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


def test_an_event_is_one_line_with_its_fields() -> None:
    assert line("%d objects remain", 2, video="talk", empty="", words="a b", quoted='"') == (
        "2026-02-08T10:11:12.345+00:00 WARNING app.x 2 objects remain"
        ' video=talk empty="" words="a b" quoted="\\""'
    )


def test_a_name_with_a_line_break_makes_no_second_line() -> None:
    assert "\n" not in line("a\nb", name_of_file="x\r\n2026 ERROR forged")
    assert "\n" not in line("%s", "a\nb")


def test_what_is_no_text_is_shown_all_the_same() -> None:
    assert line("x", path="\udcff").endswith('path="?"')


def test_a_traceback_follows_its_line() -> None:
    try:
        raise ValueError("cause")
    except ValueError:
        said = line("fault", exc_info=sys.exc_info())
    assert said.splitlines()[0].endswith("fault")
    assert said.splitlines()[-1] == "ValueError: cause"


def test_it_is_set_up_once_and_for_libraries_too(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    configure_logging()
    configure_logging()
    (handler,) = root.handlers
    assert isinstance(handler.formatter, LineFormatter)
