"""`videomoments reindex`."""

import pytest

from app.core.config import Settings
from app.core.exceptions import StorageUnavailableError
from app.models.transcript import Segment, Transcript
from app.repositories.transcript_repository import TranscriptRepository
from app.services.container import AppContainer
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


def test_damaged_documents_are_reported(
    library: Library, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    line = Segment(text="The moon pulls the sea.", start=0, end=4)
    transcript = Transcript(text=line.text, language="en", word_timestamps=[], segment_timestamps=[line])
    for name in ("damaged", "tides"):
        add_row(library, name)
    library.put(f"{settings.gcs_transcripts_prefix}damaged.json", b"{")
    TranscriptRepository(settings).save("tides", transcript)
    result = call(capsys, "reindex")
    assert result.code == 1
    assert "1 video not indexed:\n  damaged: gs://" in result.err
    assert "is corrupt" in result.err
    assert line.text in call(capsys, "search", "moon", "--mode", "words").out


@pytest.mark.parametrize(
    ("outages", "expected", "code"),
    [({"first"}, 4, 1), ({"first", "last"}, 4, 1), ({"second", "third", "last"}, 4, 3)],
)
def test_unavailable_bucket_ends_the_command(
    outages: set[str],
    expected: int,
    code: int,
    library: Library,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("first", "second", "third", "last")
    for name in names:
        add_row(library, name)
    tried = []

    async def rebuild(_: object, video_id: str) -> None:
        tried.append(video_id)
        if video_id in outages:
            raise StorageUnavailableError("Cloud Storage returned 503")

    monkeypatch.setattr(AppContainer, "rebuild_index", rebuild)
    result = call(capsys, "reindex")
    assert (result.code, len(tried)) == (code, expected)
    assert "Cloud Storage returned 503" in result.err
