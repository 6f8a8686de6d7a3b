"""Values of a site that are not usable are skipped."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.models.media_info import Chapter
from app.services.downloads.site_metadata import CaptionFile, SiteMetadata


def test_texts_are_cleaned_and_cut(tmp_path: Path) -> None:
    found = SiteMetadata.parse(
        {"title": "a\0b\n" + "x" * 600, "description": "one\r\ntwo\x07", "channel": 7}, tmp_path
    )
    assert found.title is not None
    assert found.title.startswith("a")
    assert len(found.title) == 500
    assert "\0" not in found.title + str(found.description)
    assert (found.description, found.channel) == ("one\ntwo", None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1706711553, datetime(2024, 1, 31, 14, 32, 33, tzinfo=UTC)),
        ("20240131", datetime(2024, 1, 31, tzinfo=UTC)),
        ("2024", None),
        (0, None),
        (1e300, None),
        pytest.param(10**400, None, id="huge"),
        (float("nan"), None),
        ([], None),
        (None, None),
    ],
)
def test_time_of_publication(tmp_path: Path, value: object, expected: datetime | None) -> None:
    assert SiteMetadata.parse({"published_at": value}, tmp_path).published_at == expected


def test_chapters_without_start_are_skipped(tmp_path: Path) -> None:
    chapters = [
        {"start_time": 0, "end_time": 10, "title": "One"},
        {"start_time": 10, "end_time": 5, "title": None},
        {"start_time": None, "end_time": 5, "title": "Lost"},
        {"start_time": -1, "end_time": 5, "title": "Lost"},
        {"start_time": float("inf"), "end_time": None, "title": "Lost"},
        {"start_time": 10**400, "end_time": None, "title": "Lost"},
    ]
    assert SiteMetadata.parse({"chapters": chapters}, tmp_path).chapters == (
        Chapter(start_seconds=0, end_seconds=10, title="One"),
        Chapter(start_seconds=10),
    )


def test_files_outside_the_folder_are_skipped(tmp_path: Path) -> None:
    folder = tmp_path / "download"
    folder.mkdir()
    for path in (folder / "en.vtt", folder / "fr.ttml", tmp_path / "de.vtt", folder / "picture.jpg"):
        path.touch()
    (folder / "it.vtt").symlink_to(tmp_path / "de.vtt")
    captions = {
        "en": str(folder / "en.vtt"),
        "fr": str(folder / "fr.ttml"),
        "de": str(tmp_path / "de.vtt"),
        "it": str(folder / "it.vtt"),
        "../x": str(folder / "en.vtt"),
        "es": 7,
    }
    found = SiteMetadata.parse({"captions": captions, "thumbnail": str(folder / "picture.jpg")}, folder)
    assert found.captions == (CaptionFile("en", folder / "en.vtt"),)
    assert found.thumbnail == folder / "picture.jpg"
    moved = found.moved_to(tmp_path / "site")
    assert moved.captions == (CaptionFile("en", tmp_path / "site" / "en.vtt"),)
    assert moved.thumbnail == tmp_path / "site" / "thumbnail.jpg"
    assert SiteMetadata().moved_to(tmp_path / "none") == SiteMetadata()
    assert not (tmp_path / "none").exists()
