"""`videomoments transcribe` and `videomoments vocabulary`."""

import json

import pytest

from cli.run_follower import NO_WORKER
from tests.cli.support.command import call, running_worker
from tests.fixtures.library import Library, migrate
from tests.fixtures.media import make_video

CUES = "1\n00:00:00,000 --> 00:00:01,000\nWords of {}.\n"


@pytest.fixture
def films(library: Library, capsys: pytest.CaptureFixture[str]) -> Library:
    """A library with two videos that have captions, and one without audio."""
    for name in ("first", "second"):
        make_video(library.folder / f"{name}.mp4", size="160x90")
        (library.folder / f"{name}.en.srt").write_text(CUES.format(name))
    make_video(library.folder / "silent.mp4", size="160x90", audio=False)
    assert migrate(capsys).code == 0
    return library


@pytest.mark.slow
def test_transcribe_makes_only_transcripts(films: Library, capsys: pytest.CaptureFixture[str]) -> None:
    with running_worker(films):
        made = call(capsys, "transcribe", "--all", "--language", "en")
        assert (made.code, made.err) == (0, "")
        assert made.out.count("  transcript: 3 words, language en, source sidecar") == 2
        assert "no moments" not in made.out
        assert call(capsys, "transcribe", "--all").err == "Every video with audio has a transcript.\n"

        (films.folder / "first.en.srt").write_text(CUES.format("another file"))
        again = json.loads(call(capsys, "transcribe", "first", "--json").out)
        assert [(run["video_id"], run["status"]) for run in again["runs"]] == [("first", "completed")]
        assert again["runs"][0]["run"]["options"]["stages"] == ["transcription"]
    document = json.loads((films.folder.parent / "transcripts" / "first.json").read_text())
    assert document["text"] == "Words of another file."
    names = set(films.objects())
    assert {"transcripts/first.json", "captions/second/en.sidecar.srt"} <= names
    assert not {name for name in names if name.startswith(("moments/", "clips/"))}


@pytest.mark.slow
def test_transcribe_without_a_worker(films: Library, capsys: pytest.CaptureFixture[str]) -> None:
    queued = call(capsys, "transcribe", "first", "missing", "--detach", "--vocabulary", "Neap")
    assert queued.code == 1
    assert NO_WORKER in queued.err
    assert "missing" in queued.err
    assert "videomoments status first --follow" in queued.out
    with films.connection() as connection:
        rows = connection.execute("SELECT options FROM pipeline_runs").fetchall()
    assert [options for (options,) in rows] == [
        {"stages": ["transcription"], "regenerate": True, "vocabulary": ["Neap"]}
    ]


def test_transcribe_usage_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "transcribe").code == 2
    assert call(capsys, "transcribe", "talk", "--all").code == 2
    unknown = call(capsys, "transcribe", "talk", "--language", "klingon")
    assert unknown.code == 2
    assert "--language: must be a code such as en or de, not 'klingon'" in unknown.err


def test_vocabulary_is_changed(
    library: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(capsys, "vocabulary").err == "No terms; add one with --add TERM\n"
    added = call(capsys, "vocabulary", "--add", "Zuiderzee", "--add", "  neap   tide ", "--add", "NEAP TIDE")
    assert (added.code, added.out) == (0, "neap tide\nZuiderzee\n")
    monkeypatch.setenv("VOCABULARY", "spring tide")
    removed = call(capsys, "vocabulary", "--remove", "zuiderzee", "--json")
    assert json.loads(removed.out) == {"terms": ["neap tide"], "settings_terms": ["spring tide"]}
    assert call(capsys, "vocabulary").out == "neap tide\nspring tide  (setting VOCABULARY)\n"
    long = call(capsys, "vocabulary", "--add", "x" * 101)
    assert long.code == 2
    assert "must have at most 100 characters" in long.err
    full = call(capsys, "vocabulary", *(part for number in range(100) for part in ("--add", f"t{number}")))
    assert full.code == 2
    assert "the vocabulary would have 101 terms; at most 100 are possible" in full.err
    with library.connection() as connection:
        actions = connection.execute("SELECT action, details FROM audit_log ORDER BY id").fetchall()
    assert [(action, details["terms"]) for action, details in actions] == [
        ("vocabulary.update", 2),
        ("vocabulary.update", 1),
    ]
