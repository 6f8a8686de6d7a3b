"""Rows of older versions: without size, MD5 and path, completed from what the bucket states."""

import hashlib

import pytest

from tests.cli.test_migrate_modes import listing_without_md5
from tests.fixtures.library import Library, migrate
from tests.fixtures.media import make_video

OBJECT = "videos/a/a.mp4"
OLD_ROW = "UPDATE videos SET size_bytes = NULL, md5 = NULL, relative_path = NULL, media = NULL"


@pytest.fixture
def content(library: Library, capsys: pytest.CaptureFixture[str]) -> bytes:
    """Register a video as an older version did; return its bytes."""
    path = make_video(library.folder / "a.mp4")
    migrate(capsys)
    library.execute(OLD_ROW)
    return path.read_bytes()


def identity(library: Library) -> tuple[int | None, str | None, str | None]:
    row = library.rows()["a"]
    return row["size_bytes"], row["md5"], row["relative_path"]


@pytest.mark.parametrize("mode", [(), ("--repair",)])
def test_identity_is_read_from_the_bucket(
    library: Library, capsys: pytest.CaptureFixture[str], content: bytes, mode: tuple[str, ...]
) -> None:
    ran = migrate(capsys, *mode)
    assert ran.code == 0
    assert "  - Skipped (already in database)\n" in ran.out
    assert identity(library) == (len(content), hashlib.md5(content).hexdigest(), "a.mp4")


@pytest.mark.parametrize("mode", ["--verify", "--dry-run"])
def test_modes_without_writes_store_no_identity(
    library: Library, capsys: pytest.CaptureFixture[str], content: bytes, mode: str
) -> None:
    before = library.snapshot()
    assert migrate(capsys, mode).code == 0
    assert library.snapshot() == before


def test_video_without_local_file_gets_its_identity(
    library: Library, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (library.folder / "a.mp4").unlink()
    make_video(library.folder / "b.mp4", seconds=2)
    migrate(capsys)
    assert identity(library) == (len(content), hashlib.md5(content).hexdigest(), None)


def test_another_file_does_not_replace_an_older_video(
    library: Library, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (library.folder / "a.mp4").unlink()
    make_video(library.folder / "a.mp4", seconds=2)
    for mode, code in ((), 1), (("--verify",), 4), (("--repair",), 1):
        assert migrate(capsys, *mode).code == code
        assert library.download(OBJECT) == content


@pytest.mark.slow
def test_missing_object_is_repaired_by_a_plausible_file(
    library: Library, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    library.remove(OBJECT)
    library.execute("UPDATE videos SET resolution = '1x1'")
    ran = migrate(capsys, "--repair")
    assert ran.code == 1
    assert "is a different file" in ran.out
    library.execute("UPDATE videos SET resolution = '320x180'")
    assert migrate(capsys, "--repair").code == 0
    assert library.download(OBJECT) == content
    assert identity(library) == (len(content), hashlib.md5(content).hexdigest(), "a.mp4")


def test_damaged_object_does_not_become_the_identity(
    library: Library, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    library.put(OBJECT, b"short")
    migrate(capsys)
    assert identity(library)[:2] == (None, None)
    assert migrate(capsys, "--repair").code == 0
    assert library.download(OBJECT) == content


def test_composite_object_is_hashed_on_demand(
    library: Library, capsys: pytest.CaptureFixture[str], content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listing_without_md5(library) as url:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        migrate(capsys)
        assert identity(library) == (len(content), None, "a.mp4")
        (library.folder / "sub").mkdir()
        (library.folder / "a.mp4").rename(library.folder / "sub" / "moved.mp4")
        ran = migrate(capsys)
        assert "  - Moved: was a.mp4, identifier=a\n" in ran.out
    assert identity(library) == (len(content), hashlib.md5(content).hexdigest(), "sub/moved.mp4")
