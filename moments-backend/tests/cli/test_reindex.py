"""`videomoments reindex`."""

import pytest

from app.core.config import Settings
from app.models.transcript import Segment, Transcript
from app.repositories.transcript_repository import TranscriptRepository
from tests.api.support.rows import add_row
from tests.cli.support.command import call
from tests.fixtures.library import Library


def test_documents_written_by_hand_are_found(
    library: Library, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    add_row(library, "tides")
    line = Segment(text="The moon pulls the sea.", start=0, end=4)
    transcript = Transcript(text=line.text, language="en", word_timestamps=[], segment_timestamps=[line])
    TranscriptRepository(settings).save("tides", transcript)
    assert call(capsys, "search", "moon", "--mode", "words").out == ""
    unknown = call(capsys, "reindex", "tides", "missing")
    assert (unknown.code, "missing" in unknown.err) == (1, True)
    result = call(capsys, "reindex")
    assert result.code == 0
    assert "Words: 1 of 1 videos indexed" in result.err
    assert line.text in call(capsys, "search", "moon", "--mode", "words").out
