"""`videomoments search`."""

import asyncio
import json

import pytest

from app.core.config import Settings
from app.database.session import close_db, init_db
from tests.api.support.rows import add_row
from tests.api.support.search_index import add_transcript
from tests.cli.support.command import call
from tests.fixtures.library import Library

LINES = ["The moon pulls the sea.", "Every harbour has a table.", "At full moon the tide is high."]


def fill(library: Library, settings: Settings) -> None:
    async def index() -> None:
        await init_db(settings)
        try:
            await add_transcript("tides", LINES)
        finally:
            await close_db()

    add_row(library, "tides", title="Why the tides turn")
    asyncio.run(index())


def test_hits_are_printed_and_written_as_json(
    library: Library, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    fill(library, settings)
    found = call(capsys, "search", "moon", "pull")
    assert found.code == 0
    heading, line, *_ = found.out.splitlines()
    assert heading.split("  ") == ["Why the tides turn", "tides"]
    assert line.split(maxsplit=1) == ["0:00", LINES[0]]
    inside = call(capsys, "search", "moon", "--video", "tides", "--mode", "words", "--json")
    assert [hit["text"] for hit in json.loads(inside.out)["hits"]] == [LINES[0], LINES[2]]
    folded = call(capsys, "search", "moon", "--mode", "words", "--limit", "1")
    assert "(+1 in this video)" in folded.out
    assert "1 of 2 hits shown" in folded.err


def test_nothing_found_and_usage_errors(
    library: Library, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    nothing = call(capsys, "search", "xyzzy", "quux")
    assert (nothing.code, nothing.out) == (0, "")
    assert "Searched all words" in nothing.err
    for arguments in (("",), ("a" * 2000,), ("moon", "--limit", "0"), ("moon", "--mode", "magic"), ()):
        assert call(capsys, "search", *arguments).code == (0 if arguments == ("",) else 2)


def test_unknown_video_is_an_error(
    library: Library, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    found = call(capsys, "search", "moon", "--video", "missing")
    assert (found.code, found.out, "missing" in found.err) == (1, "", True)
