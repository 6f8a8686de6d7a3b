"""Dry run, verification, repair, name conflicts and JSON output."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.library import CommandResult, Library, migrate
from tests.fixtures.media import make_video
from tests.services.storage.support.fault_proxy import Request, fault_proxy

Damage = Callable[[Library], None]
OBJECT = "videos/a/a.mp4"


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)


def replace_with_equal_size(library: Library) -> None:
    size = library.objects()[OBJECT].size
    library.put(OBJECT, bytes(size))


@contextmanager
def listing_without_md5(library: Library) -> Iterator[str]:
    """Start a proxy that removes the MD5 of every object, as for composite objects."""

    def act(handler: Any, _: Request) -> None:
        response, content = handler.pass_on(handler.body())
        described = json.loads(content)
        for item in described.get("items", [described]):
            item.pop("md5Hash", None)
        handler.answer(response, json.dumps(described).encode())

    assert library.settings.storage_emulator_host is not None
    with fault_proxy(library.settings.storage_emulator_host) as proxy:
        proxy.when(lambda request: request.method == "GET", act, times=1000)
        yield proxy.url


# The dry run


@pytest.mark.slow
def test_dry_run_prints_all_steps_without_writing(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    make_video(library.folder / "done.mp4")
    migrate(capsys)
    size = make_video(library.folder / "new.mp4").stat().st_size // 1024 / 1000
    make_video(library.folder / "sent.mp4")
    library.put("videos/sent/sent.mp4", (library.folder / "sent.mp4").read_bytes())
    make_video(library.folder / "other.mp4")
    library.put("videos/other/other.mp4", b"other bytes")
    (library.folder / "void.mp4").touch()
    before, everything = library.snapshot(), sorted(library.folder.parent.rglob("*"))
    ran = migrate(capsys, "--dry-run")
    assert ran.code == 1
    probed = f"  - ffprobe: 1.0s, h264/aac, 320x180, 25.0fps, {size:.1f} MB"
    other = f"gs://{library.bucket}/videos/other/other.mp4"
    gcs = f"  - GCS upload: gs://{library.bucket}/videos"
    assert ran.out.splitlines() == [
        "Starting video migration...",
        f"Found 5 video files in {library.folder}/",
        "",
        "Migrating 1/5: done.mp4",
        "  - Would be skipped (already in database)",
        "",
        "Migrating 2/5: new.mp4",
        probed,
        f"{gcs}/new/new.mp4 (would be sent)",
        "  - Database: would insert identifier=new",
        "  ✓ Would be done",
        "",
        "Migrating 3/5: other.mp4",
        probed,
        f"  ✗ Would fail: identifier 'other' already belongs to {other}; other.mp4 is a different file",
        "",
        "Migrating 4/5: sent.mp4",
        probed,
        f"{gcs}/sent/sent.mp4 (already there)",
        "  - Database: would insert identifier=sent",
        "  ✓ Would be done",
        "",
        "Migrating 5/5: void.mp4",
        "  ✗ Would fail: void.mp4 is empty (0 bytes)",
        "",
        "Dry run complete:",
        "  Total: 5 videos",
        "  Would be migrated: 2",
        "  Would be skipped: 1 (already in database)",
        "  Would fail: 2",
    ]
    assert library.snapshot() == before
    assert sorted(library.folder.parent.rglob("*")) == everything


def test_dry_run_without_failures_succeeds(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(library.folder / "a.mp4")
    assert migrate(capsys, "--dry-run").code == 0
    assert not library.rows()
    assert not library.objects()


def test_dry_run_predicts_the_migration(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.mp4", "a.mov", "b.mkv"):
        make_video(library.folder / name)
    (library.folder / "c.mp4").write_bytes(b"not a video")

    def decisions(ran: CommandResult) -> list[tuple[str, str, str | None]]:
        document = json.loads(ran.out)
        return [(video["filename"], video["status"], video["reason"]) for video in document["videos"]]

    predicted = decisions(migrate(capsys, "--dry-run", "--json"))
    assert predicted == decisions(migrate(capsys, "--json"))
    assert [status for _, status, _ in predicted] == ["migrated", "failed", "migrated", "failed"]


# Verification and repair


def test_verification_of_a_consistent_library(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    size = make_video(library.folder / "a.mp4").stat().st_size // 1024 / 1000
    make_video(library.folder / "b.mp4")
    migrate(capsys)
    (library.folder / "b.mp4").unlink()
    before = library.snapshot()
    ran = migrate(capsys, "--verify")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "Starting video verification...",
        f"Found 1 video files in {library.folder}/",
        "",
        "Verifying 1/2: a.mp4",
        f"  - Object: gs://{library.bucket}/videos/a/a.mp4, {size:.1f} MB",
        "  - Local file: same size and MD5",
        "  ✓ Match",
        "",
        "Verifying 2/2: b.mp4",
        f"  - Object: gs://{library.bucket}/videos/b/b.mp4, {size:.1f} MB",
        "  - Local file: none",
        "  ✓ Match",
        "",
        "Verification complete:",
        "  Total: 2 videos",
        "  Match: 2",
        "  Mismatch: 0",
    ]
    assert library.snapshot() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        (lambda library: library.remove(OBJECT), "/videos/a/a.mp4 does not exist"),
        (lambda library: library.put(OBJECT, b"short"), "has 5 bytes, the local file "),
        (replace_with_equal_size, "differs from the local file (MD5)"),
        (lambda library: library.execute("DELETE FROM videos WHERE identifier = 'a'"), "not in the database"),
    ],
    ids=["object gone", "object shorter", "object different", "row gone"],
)
def test_mismatch_is_found_and_repaired(
    library: Library, capsys: pytest.CaptureFixture[str], damage: Damage, cause: str
) -> None:
    path = make_video(library.folder / "a.mp4")
    make_video(library.folder / "whole.mkv")
    migrate(capsys)
    whole = library.objects()["videos/whole/whole.mkv"]
    damage(library)
    before = library.snapshot()

    found = migrate(capsys, "--verify")
    assert found.code == 4
    assert re.search(rf"^  ✗ Mismatch: .*{re.escape(cause)}", found.out, re.MULTILINE)
    assert found.out.endswith("  Total: 2 videos\n  Match: 1\n  Mismatch: 1\n")
    assert "a.mp4: " in found.err
    assert cause in found.err
    assert library.snapshot() == before

    repaired = migrate(capsys, "--repair")
    assert repaired.code == 0
    assert "  Migrated: 1\n  Skipped: 1 (already in database)\n  Failed: 0\n" in repaired.out
    assert library.download(OBJECT) == path.read_bytes()
    assert library.objects()["videos/whole/whole.mkv"] == whole
    assert migrate(capsys, "--verify").code == 0


def test_repair_updates_the_existing_row(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(library.folder / "a.mp4")
    migrate(capsys)
    measured = library.rows()["a"]
    library.execute("UPDATE videos SET title = 'Kept', source_url = 'https://example.org/a'")
    library.execute("UPDATE videos SET resolution = '1x1', audio_codec = NULL, duration_seconds = 9")
    before = library.rows()["a"]
    assert "  - Skipped (already in database)" in migrate(capsys).out
    library.remove(OBJECT)
    ran = migrate(capsys, "--repair")
    assert f"  - Database: kept id={before['id']}, identifier=a\n  ✓ Done\n" in ran.out
    after = library.rows()["a"]
    for name in ("resolution", "audio_codec", "duration_seconds", "file_size_kb", "size_bytes", "md5"):
        assert after[name] == measured[name]
    unchanged = ("id", "identifier", "cloud_url", "title", "source_url", "created_at")
    assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}


def test_irreparable_video_fails_with_its_cause(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(library.folder / "a.mp4")
    migrate(capsys)
    (library.folder / "a.mp4").unlink()
    library.remove(OBJECT)
    for mode, code in (("--verify", 4), ("--repair", 1)):
        ran = migrate(capsys, mode)
        assert ran.code == code
        assert f"gs://{library.bucket}/videos/a/a.mp4 does not exist" in ran.out
    assert "there is no local file to upload" in ran.out
    assert "put the file back" in ran.err
    assert "a" in library.rows()


def test_object_without_md5_is_compared_by_crc32c(
    library: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_video(library.folder / "a.mp4")
    migrate(capsys)
    with listing_without_md5(library) as url:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        same = migrate(capsys, "--verify")
        assert same.code == 0
        assert "  - Local file: same size and CRC32C\n" in same.out
        flip_a_bit(library.folder / "a.mp4")
        different = migrate(capsys, "--verify")
        assert different.code == 4
        assert "differs from the local file (CRC32C)" in different.out


def test_corrupt_file_does_not_replace_the_object(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    content = make_video(library.folder / "a.mp4").read_bytes()
    migrate(capsys)
    os.truncate(library.folder / "a.mp4", 0)
    assert migrate(capsys, "--verify").code == 4
    ran = migrate(capsys, "--repair")
    assert ran.code == 1
    assert "  ✗ Failed: a.mp4 is empty (0 bytes)\n" in ran.out
    assert library.download(OBJECT) == content


@pytest.mark.parametrize("mode", ["--verify", "--repair"])
def test_empty_library_is_consistent(library: Library, capsys: pytest.CaptureFixture[str], mode: str) -> None:
    ran = migrate(capsys, mode)
    assert ran.code == 0
    assert "  Total: 0 videos\n" in ran.out


def test_concurrent_verification_prints_in_order(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(9):
        make_video(library.folder / f"{number}.mp4", seconds=1 + number % 3)
    migrate(capsys, "--jobs", "8")
    ran = migrate(capsys, "--verify", "--jobs", "8")
    assert [line for line in ran.out.splitlines() if line.startswith("Verifying")] == [
        f"Verifying {number + 1}/9: {number}.mp4" for number in range(9)
    ]


# Name conflicts


def test_first_of_equal_stems_is_registered(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    make_video(library.folder / "a.mov")
    make_video(library.folder / "a.mp4")
    ran = migrate(capsys, "--jobs", "8")
    assert ran.code == 1
    assert "Migrating 2/2: a.mp4\n  ✗ Failed: identifier 'a' already belongs to a.mov; a.mp4 (" in ran.out
    assert "rename a.mp4" in ran.err
    assert list(library.objects()) == ["videos/a/a.mov"]
    again = migrate(capsys)
    assert again.code == 1
    assert "  - Skipped (already in database)" in again.out
    assert f"belongs to gs://{library.bucket}/videos/a/a.mov" in again.out


def test_file_that_does_not_match_its_row_fails(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_video(library.folder / "a.mp4")
    migrate(capsys)
    path.unlink()
    make_video(library.folder / "a.m4v", seconds=2)
    for arguments, code in (((), 1), (("--dry-run",), 1), (("--verify",), 4), (("--repair",), 1)):
        ran = migrate(capsys, *arguments)
        assert ran.code == code
        cause = f"identifier 'a' already belongs to gs://{library.bucket}/videos/a/a.mp4"
        assert cause in ran.out
    assert list(library.objects()) == ["videos/a/a.mp4"]


def test_row_in_another_bucket_can_be_repaired(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    content = make_video(library.folder / "a.mp4").read_bytes()
    migrate(capsys)
    library.execute("UPDATE videos SET cloud_url = 'gs://another-bucket/videos/a/a.mp4'")
    library.remove(OBJECT)
    for mode, code in ((), 1), (("--dry-run",), 1), (("--verify",), 4):
        ran = migrate(capsys, *mode)
        assert ran.code == code
        assert "names gs://another-bucket/videos/a/a.mp4, but the configured bucket is" in ran.out
    assert library.objects() == {}
    ran = migrate(capsys, "--repair")
    assert ran.code == 0
    assert library.rows()["a"]["cloud_url"] == f"gs://{library.bucket}/videos/a/a.mp4"
    assert library.download(OBJECT) == content


def test_row_in_another_bucket_without_file_stays(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    library.execute("INSERT INTO videos (identifier, cloud_url) VALUES ('a', 'gs://another/videos/a/a.mp4')")
    before = library.rows()
    assert migrate(capsys, "--verify").code == 4
    assert migrate(capsys, "--repair").code == 1
    assert library.rows() == before


# JSON


def test_json_is_a_single_document(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    size = make_video(library.folder / "a.mp4").stat().st_size
    (library.folder / "b.mp4").touch()
    (library.folder / "notes.txt").touch()
    ran = migrate(capsys, "--json")
    assert ran.code == 1
    document = json.loads(ran.out)
    seconds = [video.pop("seconds") for video in document["videos"]]
    assert all(isinstance(value, float) and value >= 0 for value in seconds)
    assert document == {
        "total": 2,
        "migrated": 1,
        "skipped": 0,
        "failed": 1,
        "videos": [
            {
                "filename": "a.mp4",
                "identifier": "a",
                "status": "migrated",
                "cloud_url": f"gs://{library.bucket}/videos/a/a.mp4",
                "reason": None,
                "bytes": size,
            },
            {
                "filename": "b.mp4",
                "identifier": "b",
                "status": "failed",
                "cloud_url": None,
                "reason": "b.mp4 is empty (0 bytes)",
                "bytes": 0,
            },
        ],
    }
    assert "notes.txt" in ran.err
    second = json.loads(migrate(capsys, "--json").out)
    assert (second["migrated"], second["skipped"], second["failed"]) == (0, 1, 1)
    assert (second["videos"][0]["status"], second["videos"][0]["reason"]) == (
        "skipped",
        "already in database",
    )


def test_json_of_an_empty_directory(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    ran = migrate(capsys, "--json")
    assert ran.code == 0
    assert json.loads(ran.out) == {"total": 0, "migrated": 0, "skipped": 0, "failed": 0, "videos": []}
