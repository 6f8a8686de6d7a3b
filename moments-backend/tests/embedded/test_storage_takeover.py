"""Objects of earlier versions, which fake-gcs-server kept as files with their names."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from embedded.data_dir import DataDirectory
from embedded.gcs import GcsServer
from embedded.storage_server.legacy_import import import_legacy_objects
from embedded.storage_server.listing import Query
from embedded.storage_server.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

METADATA = {
    "ContentType": "video/mp4",
    "Md5Hash": "XUFAKrxLKna5cZ2REBfFkg==",
    "Crc32c": "mnG7TA==",
    "Created": "2026-11-29T09:18:37.157471Z",
    "Updated": "2026-11-29T09:18:37.157478Z",
    "Generation": 1795943917157480,
    "Metadata": {"key": "value"},
}


@pytest.fixture
def legacy(tmp_path: Path) -> Path:
    return tmp_path / "gcs"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "storage", durable=False)
    yield store
    store.close()


def write(path: Path, content: bytes, metadata: object = None, *, as_file: bool = True) -> None:
    """Write an object as fake-gcs-server did; without extended attributes it used files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if metadata is None:
        return
    text = json.dumps(metadata).encode()
    if as_file:
        path.with_name(path.name + ".metadata").write_bytes(text)
        return
    try:
        os.setxattr(path, "user.metadata", text)
    except OSError:
        pytest.skip("no extended attributes here")


def content_of(store: Store, name: str) -> bytes:
    return store.blobs.path(store.get("bucket-1", name).blob).read_bytes()


@pytest.mark.parametrize("as_file", [True, False])
def test_objects_are_moved_without_a_copy(store: Store, legacy: Path, *, as_file: bool) -> None:
    name = "videos/ä b#?%.mp4"
    write(legacy / "bucket-1" / name, b"hello", METADATA, as_file=as_file)
    write(legacy / "other" / "plain", b"plain")
    (legacy / "bucket-1.bucketMetadata").write_text("{}")
    inode = (legacy / "bucket-1" / name).stat().st_ino
    messages: list[str] = []
    assert import_legacy_objects(legacy, store, messages.append) == 2
    assert messages[0].startswith("Moving 2 objects")
    assert messages[-1].strip() == "2 of 2"
    found = store.get("bucket-1", name)
    assert (found.generation, found.md5, found.crc32c) == (1795943917157480, METADATA["Md5Hash"], "mnG7TA==")
    assert (found.content_type, found.fields["metadata"]) == ("video/mp4", {"key": "value"})
    assert store.blobs.path(found.blob).stat().st_ino == inode
    assert not legacy.exists()
    assert import_legacy_objects(legacy, store, messages.append) == 0


@pytest.mark.parametrize("interrupted_at", range(1, 4))
def test_interrupted_import_continues(
    store: Store, legacy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupted_at: int
) -> None:
    for number in range(6):
        write(legacy / "bucket-1" / f"object-{number}", b"x" * number, METADATA if number % 2 else None)
    monkeypatch.setattr("embedded.storage_server.legacy_import.BATCH_FILES", 2)
    reports = 0

    def interrupt(_: str) -> None:
        nonlocal reports
        reports += 1
        if reports == interrupted_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_legacy_objects(legacy, store, interrupt)
    assert_all_imported(tmp_path, legacy)


@pytest.mark.parametrize("step", ["link", "unlink", "put_object"])
def test_import_killed_within_a_batch_continues(
    store: Store, legacy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    for number in range(6):
        write(legacy / "bucket-1" / f"object-{number}", b"x" * number)
    calls = 0

    class Killed(BaseException):
        pass

    def killed_at_third(original: object) -> object:
        def call(*args: object, **options: object) -> object:
            nonlocal calls
            calls += 1
            if calls == 3:
                raise Killed
            return original(*args, **options)  # type: ignore[operator]

        return call

    with monkeypatch.context() as patch:
        target = {
            "link": (os, "link"),
            "unlink": (type(legacy), "unlink"),
            "put_object": (type(store.index), step),
        }
        owner, name = target[step]
        patch.setattr(owner, name, killed_at_third(getattr(owner, name)))
        with pytest.raises(Killed):
            import_legacy_objects(legacy, store, lambda _: None)
    assert_all_imported(tmp_path, legacy)


def assert_all_imported(tmp_path: Path, legacy: Path) -> None:
    again = Store(tmp_path / "storage", durable=False)
    import_legacy_objects(legacy, again, lambda _: None)
    assert [len(content_of(again, f"object-{number}")) for number in range(6)] == list(range(6))
    assert len(list(again.blobs.names())) == 6
    assert not legacy.exists()
    again.close()


def test_file_system_without_hard_links(store: Store, legacy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(legacy / "bucket-1" / "a", b"content", METADATA)

    def unsupported(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", unsupported)
    assert import_legacy_objects(legacy, store, lambda _: None) == 1
    assert content_of(store, "a") == b"content"
    assert not legacy.exists()


def test_hostile_names_stay_names(store: Store, legacy: Path, tmp_path: Path) -> None:
    """fake-gcs-server joined names into paths; here links and odd names must lead nowhere else."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    write(legacy / "bucket-1" / "..." / "a", b"dots")
    write(legacy / "bucket-1" / "back\\slash", b"slash")
    (legacy / "bucket-1" / "link").symlink_to(outside / "secret")
    (legacy / "bucket-1" / "folder").symlink_to(outside)
    (legacy / "linked").symlink_to(outside)
    (legacy / "bucket-1" / "new\nline").write_bytes(b"kept")
    not_utf8 = legacy / "bucket-1" / os.fsdecode(b"not-\xff-utf8")
    not_utf8.write_bytes(b"kept")
    write(legacy / os.fsdecode(b"bucket-\xff") / "a", b"kept")
    messages: list[str] = []
    assert import_legacy_objects(legacy, store, messages.append) == 2
    names = [found.name for found in store.list("bucket-1", Query()).objects]
    assert names == [".../a", "back\\slash"]
    assert (outside / "secret").read_bytes() == b"secret"
    assert not_utf8.exists()
    assert any("left in" in message for message in messages)


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        [],
        {**METADATA, "Generation": 10**30},
        {**METADATA, "Generation": -1},
        {**METADATA, "Md5Hash": 5},
        {**METADATA, "Md5Hash": "not base64"},
        {**METADATA, "Crc32c": ""},
        {**METADATA, "Crc32c": "mnG7TA==, md5=x"},
        {**METADATA, "Created": "yesterday"},
        {**METADATA, "Updated": "2026-11-29T09:18:37"},
        {**METADATA, "Updated": "0001-01-01T00:00:00+14:00"},
        {**METADATA, "ContentType": {"a": 1}},
        {**METADATA, "Metadata": {"key": 1}},
    ],
)
def test_odd_metadata_is_replaced(store: Store, legacy: Path, metadata: object) -> None:
    write(legacy / "bucket-1" / "a", b"hello", metadata)
    assert import_legacy_objects(legacy, store, lambda _: None) == 1
    found = store.get("bucket-1", "a")
    assert (found.md5, found.size, found.generation > 0) == ("XUFAKrxLKna5cZ2REBfFkg==", 5, True)
    assert found.as_json("")["contentType"]
    assert found.updated.endswith("Z")
    assert len(found.etag) == len('"5d41402abc4b2a76b9719d911017c592"')


def test_times_of_other_zones_become_utc(store: Store, legacy: Path) -> None:
    """fake-gcs-server wrote the zone of its machine; `Last-Modified` is in GMT."""
    times = {"Created": "2026-11-29T10:18:37.157471+01:00", "Updated": "2026-11-28T23:18:38-10:00"}
    write(legacy / "bucket-1" / "a", b"hello", METADATA | times)
    import_legacy_objects(legacy, store, lambda _: None)
    found = store.get("bucket-1", "a")
    assert (found.created, found.updated) == ("2026-11-29T09:18:37.157471Z", "2026-11-29T09:18:38Z")


def test_object_named_like_metadata_is_kept(store: Store, legacy: Path) -> None:
    write(legacy / "bucket-1" / "a", b"hello", METADATA, as_file=False)
    write(legacy / "bucket-1" / "a.metadata", b"an object", METADATA, as_file=False)
    assert import_legacy_objects(legacy, store, lambda _: None) == 2
    assert content_of(store, "a.metadata") == b"an object"


def test_newer_object_of_the_same_name_is_kept(store: Store, legacy: Path) -> None:
    write(legacy / "bucket-1" / "a", b"old", None)
    import_legacy_objects(legacy, store, lambda _: None)
    generation = store.get("bucket-1", "a").generation
    write(legacy / "bucket-1" / "a", b"older copy", None)
    import_legacy_objects(legacy, store, lambda _: None)
    assert (content_of(store, "a"), store.get("bucket-1", "a").generation) == (b"old", generation)


def test_first_start_takes_the_objects_over(tmp_path: Path) -> None:
    write(tmp_path / "gcs" / "bucket-1" / "videos" / "a.mp4", b"hello", METADATA)
    write(tmp_path / "gcs.tmp" / "upload", b"half of an upload")
    messages: list[str] = []
    with DataDirectory(tmp_path) as data_dir:
        server = GcsServer(data_dir, bucket="bucket-1", durable=False, report=messages.append)
        server.prepare()
    assert messages[0] == "Moving 1 objects to the new storage server …"
    assert not (tmp_path / "gcs.tmp").exists()
    store = Store(tmp_path / "storage", durable=False)
    assert content_of(store, "videos/a.mp4") == b"hello"
    store.close()
