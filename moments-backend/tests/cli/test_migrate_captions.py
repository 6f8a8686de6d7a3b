"""Captions beside videos in a migration."""

import pytest

from tests.fixtures.library import Library, migrate
from tests.fixtures.media import make_video

CUES = "1\n00:00:00,000 --> 00:00:01,000\n{}\n"


def test_captions_beside_videos_are_kept(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    folder = library.folder / "2024"
    folder.mkdir()
    make_video(folder / "talk.mp4", size="160x90")
    caption = folder / "talk.en.srt"
    caption.write_text(CUES.format("first"))
    for name in ("talk.forced.srt", "other.srt", "notes.txt"):
        (folder / name).write_text("x")

    first = migrate(capsys)
    assert first.code == 0
    ignored = [line for line in (first.out + first.err).splitlines() if line.startswith("Ignored: ")]
    assert ignored == [
        "Ignored: 2024/notes.txt (no video's file extension)",
        "Ignored: 2024/other.srt (captions without a video of this name)",
    ]
    (video_id,) = library.rows()
    kept = f"captions/{video_id}/en.sidecar.srt"
    assert [name for name in library.objects() if name.startswith("captions/")] == [kept]
    assert library.download(kept).decode() == CUES.format("first")

    before = library.snapshot()
    assert migrate(capsys).code == 0
    assert library.snapshot() == before

    caption.write_text(CUES.format("changed"))
    assert migrate(capsys, "--dry-run").code == 0
    assert library.snapshot()[1:] == before[1:]
    assert migrate(capsys).code == 0
    assert library.download(kept).decode() == CUES.format("changed")
