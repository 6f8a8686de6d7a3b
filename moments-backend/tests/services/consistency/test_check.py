"""Findings of `doctor --storage`, on the embedded storage server."""

import json
import os
import time
import uuid
from collections import Counter
from typing import Any

import pytest

from app.core.config import Settings
from app.repositories import consistency_repository
from app.services.consistency.check import Report
from app.services.consistency.findings import Finding
from app.services.consistency.parts import ObjectParts, part_of_file
from app.services.storage.gcs_uploader import GCSUploader
from tests.fixtures.library import Library
from tests.fixtures.stored_video import sidecar, store_video
from tests.services.consistency.conftest import Compare

DERIVED = {
    "audio": "audio/gone/gone.wav",
    "captions": "captions/gone/en.vtt",
    "chapters": "chapters/gone.json",
    "clips": "clips/gone/gone_0123456789abcdef_clip.mp4",
    "exports": f"exports/gone/{'0' * 32}/clip.mp4",
    "moments": "moments/gone.json",
    "playback copies": "playback/gone/gone.mp4",
    "sidecars": "videos/gone/gone.json",
    "storyboards": "storyboards/gone/storyboard.vtt",
    "thumbnails": "thumbnails/gone/user.jpg",
    "transcripts": "transcripts/gone.json",
    "recognised transcripts": "transcripts/recognised/gone.json",
}
LOCAL = (
    "audios/gone.wav",
    "captions/gone/en.vtt",
    "chapters/gone.json",
    "moment_clips/gone_0123456789abcdef_clip.mp4",
    "moments/gone.json",
    "storyboards/gone.jpg",
    "thumbnails/gone.jpg",
    "thumbnails/user/gone.jpg",
    "transcripts/gone.json",
    "transcripts/gone.json.replaced-2",
    "transcripts/recognised/gone.json",
)
HOURS_AGO = time.time() - 48 * 3600


def found(report: Report) -> dict[str, list[str]]:
    """Return the subjects by kind."""
    kinds: dict[str, list[str]] = {}
    for finding in report.findings:
        kinds.setdefault(finding.kind.value, []).append(finding.subject)
    return kinds


def only(report: Report) -> Finding:
    (finding,) = report.findings
    return finding


def write_static(settings: Settings, path: str, content: bytes = b"derived") -> None:
    file = settings.static_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


async def test_consistent_library_has_no_findings(
    library: Library, settings: Settings, compare: Compare
) -> None:
    """Names of which one begins with another sort differently in the table and in the bucket."""
    for identifier in ("talk", "talk-2", "talk 3", "talk.4", "talk_5", "talk0", "tälk", "Talk"):
        store_video(library, identifier)
        for name in DERIVED.values():
            if not name.startswith(("exports/", "videos/", "playback/")):
                library.put(name.replace("gone", identifier), b"derived")
        for path in LOCAL:
            write_static(settings, path.replace("gone", identifier))
    library.put("videos/library.json", b"{}")
    library.put("another/program.txt", b"not ours")
    report = await compare(checksums=True)
    assert found(report) == {}
    assert (report.rows, report.files, report.is_consistent) == (8, 8, True)
    assert report.totals.objects["other"] == 1
    assert report.as_json()["ok"] is True


async def test_pages_keep_the_order(
    library: Library, compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows wait for their place across pages of the table."""
    names = [f"a{'-x' * n}" for n in range(6)] + [f"a{'-x' * n}/"[:-1] + "0" for n in range(6)]
    for identifier in names:
        store_video(library, identifier)
    list_page = consistency_repository.list_page

    async def short_pages(session: Any, after: str) -> Any:
        return await list_page(session, after, limit=2)

    monkeypatch.setattr(consistency_repository, "list_page", short_pages)
    assert found(await compare()) == {}


async def test_row_without_object(library: Library, compare: Compare) -> None:
    store_video(library, "kept", has_object=False)
    store_video(library, "lost", has_object=False, is_local=False)
    kept, lost = (await compare()).findings
    assert (kept.kind, kept.subject, lost.subject) == ("row-without-object", "kept", "lost")
    assert "migrate --repair" in kept.as_json()["remedy"]
    assert "backup" in lost.as_json()["remedy"]


async def test_object_without_row_is_kept_or_proven(library: Library, compare: Compare) -> None:
    talk = store_video(library, "talk")
    library.put("videos/copy/copy.mp4", talk.content)
    library.put("videos/single/single.mp4", b"only here")
    library.put("transcripts/single.json", b"{}")
    library.put("videos/talk/old.mov", b"an older original")
    findings = {finding.subject: finding for finding in (await compare()).findings}
    assert {finding.kind for finding in findings.values()} == {"object-without-row"}
    assert findings["videos/copy/copy.mp4"].proof == talk.name
    for name in ("videos/single/single.mp4", "videos/talk/old.mov"):
        assert not findings[name].is_removable
        assert "elsewhere" in str(findings[name].reason)
    assert len(findings) == 3


async def test_young_objects_are_not_removable(library: Library, compare: Compare) -> None:
    library.put("clips/gone/gone_0123456789abcdef_clip.mp4", b"clip")
    library.put("videos/new/new.mp4", b"video")
    report = await compare(min_age=60.0)
    assert [finding.is_removable for finding in report.findings] == [False, False]
    assert all("work in progress" in str(finding.reason) for finding in report.findings)


async def test_wrong_size_and_checksum(library: Library, compare: Compare) -> None:
    longer, other = store_video(library, "longer"), store_video(library, "other")
    library.put(longer.name, longer.content + b"!")
    library.put(other.name, other.content[::-1])
    report = await compare()
    assert found(report) == {"wrong-checksum": ["other"], "wrong-size": ["longer"]}
    assert all("--repair" in finding.as_json()["remedy"] for finding in report.findings)
    longer.file.unlink()
    remedies = {finding.subject: finding.as_json()["remedy"] for finding in (await compare()).findings}
    assert "backup" in remedies["longer"]


async def test_local_files_are_compared(library: Library, compare: Compare) -> None:
    longer, other = store_video(library, "longer"), store_video(library, "other")
    longer.file.write_bytes(longer.content + b"!")
    other.file.write_bytes(other.content[::-1])
    (library.folder / "new").mkdir()
    (library.folder / "new" / "film.mkv").write_bytes(b"not registered")
    expected = {"file-without-row": ["videos/new/film.mkv"], "local-wrong-size": ["videos/longer.mp4"]}
    assert found(await compare()) == expected
    with_checksums = await compare(checksums=True)
    assert found(with_checksums) == expected | {"local-wrong-checksum": ["videos/other.mp4"]}


async def test_other_bucket(library: Library, compare: Compare) -> None:
    store_video(library, "talk")
    library.execute("UPDATE videos SET cloud_url = replace(cloud_url, 'gs://', 'gs://other-')")
    kinds = found(await compare())
    assert kinds["other-bucket"] == ["talk"]
    assert kinds["object-without-row"] == ["videos/talk/talk.mp4"]


async def test_unusual_object_names(library: Library, compare: Compare) -> None:
    """Rows of other programs may name an object outside the folder of the video."""
    store_video(library, "talk", has_object=False)
    library.execute("UPDATE videos SET cloud_url = 'gs://' || %s || '/films/talk.mp4'", library.bucket)
    assert only(await compare()).kind == "row-without-object"
    library.put("films/talk.mp4", store_video(library, "second").content)
    assert only(await compare()).kind in {"wrong-size", "wrong-checksum"}


async def test_derived_objects_without_parent(library: Library, compare: Compare) -> None:
    store_video(library, "talk")
    for name in DERIVED.values():
        library.put(name, b"derived")
    library.put(f"exports/talk/{'1' * 32}/clip.mp4", b"of a deleted export")
    report = await compare()
    assert {finding.kind for finding in report.findings} == {"derived-object-without-parent"}
    assert all(finding.is_removable for finding in report.findings)
    expected = Counter(name.split()[-1] for name in [*DERIVED, "exports"])
    assert Counter(str(finding.part).split()[-1] for finding in report.findings) == expected


async def test_derived_files_without_parent(library: Library, settings: Settings, compare: Compare) -> None:
    store_video(library, "talk")
    for path in LOCAL:
        write_static(settings, path)
    write_static(settings, "videos/new.mp4")
    write_static(settings, "transcripts/new.json")
    write_static(settings, "transcripts/notes.txt")
    kinds = found(await compare())
    assert kinds == {
        "derived-file-without-parent": sorted(LOCAL),
        "file-without-row": ["videos/new.mp4"],
    }


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "0 bytes"),
        (b"not json", "not JSON"),
        (b'{"schema_version": 1}', "identifier"),
        (sidecar("another", "talk.mp4", b"x"), "describes the video 'another'"),
        (sidecar("talk", "talk.mp4", b"other bytes"), "states the MD5"),
    ],
)
async def test_broken_sidecar(library: Library, compare: Compare, content: bytes, cause: str) -> None:
    store_video(library, "talk")
    library.put("videos/talk/talk.json", content)
    finding = only(await compare())
    assert (finding.kind, finding.is_removable) == ("broken-sidecar", True)
    assert cause in finding.cause


async def test_sidecar_of_a_newer_version_is_kept(library: Library, compare: Compare) -> None:
    store_video(library, "talk")
    newer = json.loads(sidecar("talk", "talk.mp4", b"x")) | {"schema_version": 99}
    library.put("videos/talk/talk.json", json.dumps(newer).encode())
    assert not only(await compare()).is_removable


async def test_missing_sidecar(library: Library, compare: Compare) -> None:
    store_video(library, "talk", has_sidecar=False)
    assert only(await compare()).kind == "missing-sidecar"
    library.execute("INSERT INTO sidecar_backlog (video_id) SELECT id FROM videos")
    assert found(await compare()) == {}


@pytest.mark.parametrize(
    ("state", "has_copy", "kinds"),
    [
        ("ready", True, {}),
        ("ready", False, {"missing-playback-copy": ["talk"]}),
        ("needed", True, {"stale-playback-copy": ["playback/talk/talk.mp4"]}),
        ("original", True, {"stale-playback-copy": ["playback/talk/talk.mp4"]}),
        (None, True, {}),
    ],
)
async def test_playback_copies(
    library: Library, compare: Compare, state: str | None, has_copy: bool, kinds: dict[str, list[str]]
) -> None:
    store_video(library, "talk")
    library.execute("UPDATE videos SET playback_state = %s", state)
    library.execute("DELETE FROM sidecar_backlog")
    if has_copy:
        library.put("playback/talk/talk.mp4", b"copy")
    assert found(await compare()) == kinds


async def test_videos_of_active_runs_are_skipped(library: Library, compare: Compare) -> None:
    library.put("audio/new/new.wav", b"audio")
    library.execute(
        "INSERT INTO pipeline_runs (request_id, kind, video_identifier, options, status, stages)"
        " VALUES ('r', 'moments', 'new', '{}', 'processing', '{}')"
    )
    assert found(await compare()) == {}


async def test_videos_being_deleted_are_skipped(library: Library, compare: Compare) -> None:
    store_video(library, "talk", has_object=False, has_sidecar=False, is_local=False)
    library.put("transcripts/talk.json", b"{}")
    library.execute("UPDATE videos SET deleted_at = now(), purge_scope = 'bucket'")
    assert found(await compare()) == {}


async def test_leftovers(library: Library, settings: Settings, compare: Compare) -> None:
    upload, run = uuid.uuid4().hex, "run-1"
    part = f".{uuid.uuid4().hex}.part"
    for path in (f"uploads/{upload}/film.mp4", f".work/{run}/audio.wav", f"videos/{part}"):
        write_static(settings, path)
    assert found(await compare()) == {}
    for path in (f"uploads/{upload}", f".work/{run}", f"videos/{part}"):
        os.utime(settings.static_path / path, (HOURS_AGO, HOURS_AGO))
    expected = sorted([f"uploads/{upload}", f".work/{run}", f"videos/{part}"])
    assert found(await compare()) == {"upload-leftover": expected}


async def test_changes_during_the_listing(
    library: Library, compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A video is added and another one deleted while the bucket is listed."""
    gone = store_video(library, "gone")
    library.put("transcripts/new.json", b"{}")
    list_pages = GCSUploader.list_pages

    async def change_after(uploader: GCSUploader, prefix: str = "") -> Any:
        async for page in list_pages(uploader, prefix):
            yield page
        store_video(library, "new")
        library.execute("DELETE FROM videos WHERE identifier = 'gone'")
        library.remove(gone.name)
        library.remove("videos/gone/gone.json")
        gone.file.unlink()

    monkeypatch.setattr(GCSUploader, "list_pages", change_after)
    assert found(await compare()) == {}


def test_names_are_classified() -> None:
    settings = Settings(gcs_transcripts_prefix="videos/text/")
    parts = ObjectParts(settings)
    assert parts.of("videos/text/talk.json") == ("transcripts", "talk")
    assert parts.of("videos/talk/talk.mp4") == ("originals", "talk")
    assert parts.of("videos/talk/talk.json") == ("sidecars", "talk")
    assert parts.of("videos/library.json") == ("sidecars", None)
    assert parts.of("trash/plan/videos/talk/talk.mp4") == ("trash", None)
    assert parts.of("videos/loose.mp4") == ("other", None)
    assert parts.of("moments/a/b.json") == ("other", None)
    assert part_of_file("videos/talk.mp4") is None
    assert part_of_file("transcripts/notes.txt") is None
