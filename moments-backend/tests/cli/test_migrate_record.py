"""Results of migrations that the web app shows later: `/api/migrations`."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.conftest import serving
from tests.fixtures.library import Library, migrate
from tests.fixtures.media import make_video

EMPTY = {
    "path": "empty.mp4",
    "type": "empty-file",
    "detail": "empty.mp4 is empty (0 bytes)",
    "remedy": "replace it with a complete copy, or remove it",
}


def listed(library: Library) -> list[dict[str, Any]]:
    """Return the migrations as a new API process lists them."""
    with serving(library.settings) as address:
        found: list[dict[str, Any]] = httpx.get(f"{address}/api/migrations").json()
    for record in found:
        assert record.pop("finished_at")
    return found


def test_last_migration_is_listed_with_its_failures(
    library: Library, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    make_video(library.folder / "talk.mp4")
    assert migrate(capsys).code == 0
    assert migrate(capsys, "--dry-run").code == 0
    record = {
        "folder": f"{library.folder}/",
        "is_repair": False,
        "added": 1,
        "skipped": 0,
        "failed": 0,
        "is_interrupted": False,
        "problems": [],
    }
    assert listed(library) == [record]
    (library.folder / "empty.mp4").touch()
    assert migrate(capsys).code == 1
    assert listed(library) == [record | {"added": 0, "skipped": 1, "failed": 1, "problems": [EMPTY]}]
    (library.folder / "empty.mp4").unlink()
    assert migrate(capsys).code == 0
    assert listed(library) == [record | {"added": 0, "skipped": 1}]

    other = tmp_path / "other"
    other.mkdir()
    for number in range(60):
        (other / f"{number:02}.mp4").touch()
    assert migrate(capsys, "--videos-dir", str(other)).code == 1
    latest, before = listed(library)
    assert (latest["folder"], latest["failed"], len(latest["problems"])) == (f"{other}/", 60, 50)
    assert before["folder"] == record["folder"]


def test_names_that_are_not_utf8_are_listed(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    (library.folder / b"caf\xe9.mp4".decode("utf-8", "surrogateescape")).touch()
    assert migrate(capsys).code == 1
    (problem,) = listed(library)[0]["problems"]
    assert problem["path"] == "caf\\udce9.mp4"
