"""Format of log lines, their fields and what is removed from them."""

import json
import logging
import sys
import threading
from typing import Any

import pytest

from app.core.command_logging import configure_command_logging
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.logging import JsonFormatter, LineFormatter, configure_logging, redact
from app.core.request_context import choose_request_id, current_request_id, log_context


def record(message: str, *arguments: object, **fields: object) -> logging.LogRecord:
    made = logging.makeLogRecord(
        {"name": "app.x", "levelno": 30, "levelname": "WARNING", "msg": message, "args": arguments} | fields
    )
    made.created = 1_770_545_472.345
    return made


def line(message: str, *arguments: object, **fields: object) -> str:
    return LineFormatter().format(record(message, *arguments, **fields))


def parsed(message: str, *arguments: object, **fields: object) -> dict[str, Any]:
    text = JsonFormatter().format(record(message, *arguments, **fields))
    assert "\n" not in text
    found: dict[str, Any] = json.loads(text)
    return found


def failure() -> Any:
    try:
        raise ValueError("cause")
    except ValueError:
        return sys.exc_info()


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
    assert parsed("\udcff", path="\udcff")["path"] == "?"


def test_traceback_follows_its_line() -> None:
    text = line("fault", exc_info=failure())
    assert text.splitlines()[0].endswith("fault")
    assert text.splitlines()[-1] == "ValueError: cause"


def test_json_line_has_the_documented_fields() -> None:
    with log_context(request_id="r-1", run_id="run", video_id="talk"):
        found = parsed("%d objects remain", 2, path=sys, count=3, ratio=0.5, missing=None)
    assert list(found.items())[:4] == [
        ("time", "2026-02-08T10:11:12.345+00:00"),
        ("level", "WARNING"),
        ("logger", "app.x"),
        ("message", "2 objects remain"),
    ]
    assert (found["request_id"], found["run_id"], found["video_id"]) == ("r-1", "run", "talk")
    assert (found["count"], found["ratio"], found["missing"], found["path"]) == (3, 0.5, None, str(sys))


def test_json_line_contains_the_exception() -> None:
    assert parsed("fault", exc_info=failure())["exception"].endswith("ValueError: cause")


def test_fields_cannot_replace_the_message() -> None:
    assert parsed("real", time="forged", level="forged")["level"] == "WARNING"


def test_context_is_in_text_lines() -> None:
    with log_context(request_id="r-1"):
        assert line("x").endswith(" request_id=r-1")
    assert "request_id" not in line("x")


async def test_threads_inherit_the_context() -> None:
    with log_context(request_id="r-1"):
        assert await run_in_thread(current_request_id) == "r-1"
        assert await run_in_thread(threading.get_ident) != threading.get_ident()
    assert await run_in_thread(current_request_id) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "sent to https://host/a/b.mp4?X-Goog-Signature=ab&x=1 again",
            "sent to https://host/a/b.mp4?… again",
        ),
        ("http://user:pass@host/x", "http://…@host/x"),
        ("postgresql://videos:pass@host/db?sslmode=require", "postgresql://…@host/db?…"),
        ('"GET /b/o?a=1&x-goog-signature=ab HTTP/1.1" 200', '"GET /b/o?a=1&x-goog-signature=… HTTP/1.1" 200'),
        ('"GET /x?upload_id=secret&q=cats HTTP/1.1" 200', '"GET /x?upload_id=…&q=cats HTTP/1.1" 200'),
        ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer …"),
        ("GET /api/videos?q=cats&sort=title", "GET /api/videos?q=cats&sort=title"),
    ],
)
def test_secrets_in_urls_are_removed(text: str, expected: str) -> None:
    assert redact(text) == expected
    assert line("%s", text).endswith(expected)
    assert parsed("x", link=text)["link"] == expected


@pytest.mark.parametrize("accepted", ["a", "A-Za_z.09", "x" * 128])
def test_plain_request_ids_are_kept(accepted: str) -> None:
    assert choose_request_id(accepted) == accepted


@pytest.mark.parametrize("refused", [None, "", "x" * 129, "a b", "a\n", "a\nb", "ä", "a;b", "a\0"])
def test_other_request_ids_are_replaced(refused: str | None) -> None:
    first, second = choose_request_id(refused), choose_request_id(refused)
    assert len(first) == 32
    assert first not in {refused, second}


def test_configuring_again_replaces_format_and_level(
    monkeypatch: pytest.MonkeyPatch, clean_environment: None
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    try:
        configure_logging(Settings(log_format="json", log_level="debug"))
        assert logging.getLogger("app.x").isEnabledFor(logging.DEBUG)
        configure_logging(Settings())
        assert not logging.getLogger("app.x").isEnabledFor(logging.DEBUG)
    finally:
        logging.captureWarnings(False)
    (handler,) = root.handlers
    assert isinstance(handler.formatter, LineFormatter)


@pytest.mark.parametrize(
    ("log_format", "expected"),
    [
        ("text", "not deleted: /x\n"),
        ("json", '"level":"WARNING","logger":"app.x","message":"not deleted: /x"'),
    ],
)
def test_commands_log_warnings(
    clean_environment: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    log_format: str,
    expected: str,
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setenv("LOG_FORMAT", log_format)
    configure_command_logging()
    logging.getLogger("app.x").info("hidden")
    logging.getLogger("app.x").warning("not deleted: %s", "/x")
    written = capsys.readouterr().err
    assert expected in written
    assert written.count("\n") == 1
