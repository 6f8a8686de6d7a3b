"""One name, two videos: nothing is lost, skipped silently or replaced."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from app.services.migration import stillness
from tests.fixtures.library import Library, migrate
from tests.fixtures.media import make_video

NAME = "IMG_0001.MOV"
OBJECT = f"videos/IMG_0001/{NAME}"


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def replace_by_another(path: Path, *, seconds: float = 2) -> str:
    """Put another video at `path`, as old as the first one; return its MD5."""
    path.unlink()
    return md5(make_video(path, seconds=seconds))


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)


@pytest.fixture(autouse=True)
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait for files that a test has just changed."""
    monkeypatch.setattr(stillness, "STILL_SECONDS", 0.05)


@pytest.fixture
def two_phones(library: Library, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Register a phone's video, and replace its file by another phone's; return both MD5s."""
    path = make_video(library.folder / NAME)
    first = md5(path)
    assert migrate(capsys).code == 0
    return first, replace_by_another(path)


def stored_md5(library: Library, name: str = OBJECT) -> str:
    return hashlib.md5(library.download(name)).hexdigest()


def test_registration_stores_the_identity(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    path = library.folder / "2023" / "trip" / "b.mp4"
    path.parent.mkdir(parents=True)
    make_video(path)
    assert "Migrating 1/1: 2023/trip/b.mp4\n" in migrate(capsys).out
    row = library.rows()["2023__trip__b"]
    assert row["cloud_url"] == f"gs://{library.bucket}/videos/2023__trip__b/b.mp4"
    assert (row["size_bytes"], row["md5"]) == (path.stat().st_size, md5(path))
    assert row["relative_path"] == "2023/trip/b.mp4"
    assert "  Skipped: 1 (already in database)\n" in migrate(capsys).out


def test_second_video_of_a_name_is_a_named_conflict(
    library: Library, capsys: pytest.CaptureFixture[str], two_phones: tuple[str, str]
) -> None:
    first, _ = two_phones
    row = library.rows()["IMG_0001"]
    size = (library.folder / NAME).stat().st_size
    ran = migrate(capsys)
    assert ran.code == 1
    cause = (
        f"identifier 'IMG_0001' already belongs to gs://{library.bucket}/{OBJECT} "
        f"({row['size_bytes']} bytes, MD5 {first}); {NAME} ({size} bytes) is a different file"
    )
    assert f"Migrating 1/1: {NAME}\n  ✗ Failed: {cause}\n" in ran.out
    assert cause in ran.err
    assert f"rename {NAME}, or register it under another id with --on-conflict rename" in ran.err
    assert library.rows()["IMG_0001"] == row


def test_repair_keeps_the_first_video(
    library: Library, capsys: pytest.CaptureFixture[str], two_phones: tuple[str, str]
) -> None:
    first, _ = two_phones
    before = library.rows(), library.objects()
    verified = migrate(capsys, "--verify")
    assert verified.code == 4
    assert "  Match: 1\n  Mismatch: 1\n" in verified.out
    repaired = migrate(capsys, "--repair")
    assert repaired.code == 1
    assert "is a different file" in repaired.out
    assert (library.rows(), library.objects()) == before
    assert stored_md5(library) == first


@pytest.mark.parametrize("mode", [(), ("--repair",)])
def test_rename_registers_the_second_video(
    library: Library, capsys: pytest.CaptureFixture[str], two_phones: tuple[str, str], mode: tuple[str, ...]
) -> None:
    first, second = two_phones
    assert migrate(capsys, *mode, "--on-conflict", "rename").code == 0
    renamed = f"IMG_0001-{second[:8]}"
    rows = library.rows()
    assert sorted(rows) == ["IMG_0001", renamed]
    assert (rows[renamed]["md5"], rows[renamed]["relative_path"]) == (second, NAME)
    assert stored_md5(library) == first
    assert stored_md5(library, f"videos/{renamed}/{NAME}") == second
    before = library.snapshot()
    for again in (), ("--on-conflict", "rename"), ("--verify",), ("--repair",):
        assert migrate(capsys, *again).code == 0
    assert library.snapshot() == before


def test_dry_run_predicts_the_rename(
    library: Library, capsys: pytest.CaptureFixture[str], two_phones: tuple[str, str]
) -> None:
    before = library.snapshot()
    ran = migrate(capsys, "--dry-run", "--on-conflict", "rename")
    assert f"would insert identifier=IMG_0001-{two_phones[1][:8]}\n" in ran.out
    assert library.snapshot() == before


def test_first_video_is_found_when_its_file_returns(
    library: Library, capsys: pytest.CaptureFixture[str], two_phones: tuple[str, str]
) -> None:
    migrate(capsys, "--on-conflict", "rename")
    (library.folder / "B").mkdir()
    (library.folder / NAME).rename(library.folder / "B" / NAME)
    make_video(library.folder / NAME)
    assert migrate(capsys).code == 0
    rows = library.rows()
    assert rows["IMG_0001"]["relative_path"] == NAME
    assert rows[f"IMG_0001-{two_phones[1][:8]}"]["relative_path"] == f"B/{NAME}"
    assert migrate(capsys, "--verify").code == 0


def test_same_size_is_compared_by_md5(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_video(library.folder / NAME)
    first = md5(path)
    migrate(capsys)
    flip_a_bit(path)  # newer than the row
    ran = migrate(capsys)
    assert ran.code == 1
    assert f"MD5 {md5(path)}) is a different file\n" in ran.out
    assert migrate(capsys, "--verify").code == 4
    assert migrate(capsys, "--repair").code == 1
    assert stored_md5(library) == first
    library.remove(OBJECT)
    ran = migrate(capsys, "--repair")
    assert ran.code == 1
    assert f"  - Object: gs://{library.bucket}/{OBJECT} does not exist\n" in ran.out
    assert library.objects() == {}


@pytest.mark.parametrize("mode", [(), ("--repair",)])
def test_same_size_with_an_older_date_is_another_video(
    library: Library, capsys: pytest.CaptureFixture[str], mode: tuple[str, ...]
) -> None:
    """Copies keep the date of their original: only the time of the change distinguishes them."""
    path = make_video(library.folder / NAME)
    first = md5(path)
    migrate(capsys)
    path.rename(library.folder / "moved.MOV")
    migrate(capsys)
    path = library.folder / "moved.MOV"
    flip_a_bit(path)
    os.utime(path, (1, 1))
    assert migrate(capsys, "--dry-run").code == 1
    assert library.rows()["IMG_0001"]["relative_path"] == "moved.MOV"
    ran = migrate(capsys)
    assert ran.code == 1
    assert f"MD5 {md5(path)}) is a different file\n" in ran.out
    assert library.rows()["IMG_0001"]["relative_path"] == "", "or it would be played"
    assert migrate(capsys, *mode, "--on-conflict", "rename").code == 0
    rows = library.rows()
    assert rows["IMG_0001"]["relative_path"] == ""
    assert [row["md5"] for row in rows.values() if row["relative_path"] == "moved.MOV"] == [md5(path)]
    assert stored_md5(library) == first
    assert migrate(capsys, "--verify").code == 0


def test_restored_file_is_read_once(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_video(library.folder / NAME)
    migrate(capsys)
    os.utime(path)
    assert "  - Skipped (already in database)\n" in migrate(capsys).out
    checks = json.loads((library.settings.static_path / "file_checks.json").read_bytes())
    assert checks == {str(path): [path.stat().st_size, path.stat().st_mtime_ns, md5(path)]}
    # The record is trusted: other bytes with the same size and time are not noticed.
    status = path.stat()
    flip_a_bit(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert migrate(capsys).code == 0
    assert migrate(capsys, "--verify").code == 4


@pytest.mark.slow
@pytest.mark.parametrize("target", ["sub/new name.mov", "IMG_0001.m4v"])
def test_moved_file_keeps_its_video(
    library: Library, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    path = make_video(library.folder / NAME)
    migrate(capsys)
    before = library.objects()
    (library.folder / target).parent.mkdir(exist_ok=True)
    path.rename(library.folder / target)
    verified = migrate(capsys, "--verify")
    assert verified.code == 4
    assert f"{target} is registered as 'IMG_0001' at {NAME}" in verified.out
    assert "  - Moved: was" in migrate(capsys, "--dry-run").out
    ran = migrate(capsys)
    assert ran.code == 0
    assert (
        f"Migrating 1/1: {target}\n  - Moved: was {NAME}, identifier=IMG_0001\n"
        "  - Skipped (already in database)\n"
    ) in ran.out
    assert [row["relative_path"] for row in library.rows().values()] == [target]
    assert library.objects() == before
    assert "Moved" not in migrate(capsys).out
    assert migrate(capsys, "--verify").code == 0
    library.remove(OBJECT)
    assert migrate(capsys, "--repair").code == 0
    assert library.objects().keys() == {OBJECT}


def test_copy_in_another_folder_is_not_a_moved_file(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make_video(library.folder / NAME)
    migrate(capsys)
    other = library.folder.parent / "usb"
    other.mkdir()
    make_video(other / "copy.MOV")
    assert "Moved" not in migrate(capsys, "--videos-dir", str(other)).out
    assert library.rows()["IMG_0001"]["relative_path"] == NAME
    path.unlink()
    make_video(other / NAME)
    assert "  Skipped: 2 (already in database)\n" in migrate(capsys, "--videos-dir", str(other)).out


def test_copies_are_videos_of_their_own(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_video(library.folder / NAME)
    migrate(capsys)
    (library.folder / "copies").mkdir()
    (library.folder / "copies" / "copy.MOV").write_bytes(path.read_bytes())
    os.utime(library.folder / "copies" / "copy.MOV", (1, 1))
    assert migrate(capsys).code == 0
    assert library.rows().keys() == {"IMG_0001", "copies__copy"}


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("damaged", [("talk.mkv",), ("talk.mp4",), ("talk.mkv", "talk.mp4")])
@pytest.mark.parametrize("jobs", ["1", "4"])
def test_damaged_twin_takes_no_identifier(
    library: Library, capsys: pytest.CaptureFixture[str], damaged: tuple[str, ...], jobs: str
) -> None:
    names = ("talk.mkv", "talk.mov", "talk.mp4")
    for seconds, name in enumerate(names, start=1):
        make_video(library.folder / name, seconds=seconds)
    for name in damaged:
        truncate(library.folder / name)
    ran = migrate(capsys, "--jobs", jobs)
    assert ran.code == 1
    good, *others = [name for name in names if name not in damaged]
    assert library.rows()["talk"]["relative_path"] == good
    for name in damaged:
        assert f"{name} is truncated" in ran.out or f"{name} is not a readable media file" in ran.out
    for name in others:
        assert f"already belongs to {good}; {name} (" in ran.out
    assert ran.out.count("already belongs to") == len(others)


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--on-conflict", "rename")])
def test_damaged_file_is_reported_before_a_conflict(
    library: Library,
    capsys: pytest.CaptureFixture[str],
    two_phones: tuple[str, str],
    options: tuple[str, ...],
) -> None:
    truncate(library.folder / NAME)
    ran = migrate(capsys, *options)
    assert ran.code == 1
    assert f"{NAME} is truncated" in ran.out
    assert "already belongs to" not in ran.out
    assert library.rows()["IMG_0001"]["md5"] == two_phones[0]


@pytest.mark.slow
def test_twins_are_conflicts_or_renamed(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    for number, name in enumerate(("twin.mkv", "twin.mp4", "a__b.mp4", "case.mp4", "Case.mp4"), start=1):
        make_video(library.folder / name, seconds=number)
    (library.folder / "a").mkdir()
    flat = make_video(library.folder / "a" / "b.mp4")
    ran = migrate(capsys)
    assert ran.code == 1
    assert sorted(library.rows()) == ["Case", "a__b", "case", "twin"]
    assert "already belongs to a/b.mp4; a__b.mp4 (" in ran.out
    assert "already belongs to twin.mkv; twin.mp4 (" in ran.out
    assert migrate(capsys, "--on-conflict", "rename").code == 0
    assert len(library.rows()) == len(library.objects()) == 6
    assert library.rows()["a__b"]["md5"] == md5(flat)
    assert "  Skipped: 6 (already in database)\n" in migrate(capsys).out
