"""Offloading a local original and fetching it back, on the embedded storage server."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings
from app.core.exceptions import (
    BucketConflictError,
    DiskFullError,
    FileChangedError,
    FileConflictError,
    LocalFileError,
    MismatchError,
    ObjectChangedError,
    ObjectNotFoundError,
    OffloadRefusedError,
    StorageError,
    VideoInUseError,
    VideoNotFoundError,
)
from app.core.files.proven_delete import ProvenFile
from app.models.storage import TransferResult
from app.services.library import object_proof, offload as offload_module
from app.services.library.location import location_of
from app.services.library.offload import fetch_video, offload_video
from app.services.storage.gcs_uploader import GCSUploader
from embedded.ports import free_port
from tests.fixtures.library import Library
from tests.fixtures.servers import SharedStack
from tests.fixtures.stored_video import StoredVideo, store_video


@pytest.fixture
def offload(settings: Settings, uploader: GCSUploader) -> Callable[[str], Any]:
    async def run(identifier: str = "talk", **options: Any) -> TransferResult:
        return await offload_video(identifier, settings=settings, uploader=uploader, **options)

    return run


@pytest.fixture
def fetch(settings: Settings, uploader: GCSUploader) -> Callable[[str], Any]:
    async def run(identifier: str = "talk", **options: Any) -> TransferResult:
        return await fetch_video(identifier, settings=settings, uploader=uploader, **options)

    return run


async def refused(
    offload: Callable[..., Any], video: StoredVideo, error: type[Exception], content: bytes | None = None
) -> str:
    """Assert that offloading fails and the file is unchanged; return the message."""
    with pytest.raises(error) as raised:
        await offload(video.identifier)
    assert video.file.read_bytes() == (video.content if content is None else content)
    assert [path.name for path in video.file.parent.iterdir() if path.name.startswith(".")] == []
    return str(raised.value)


@pytest.mark.parametrize("path", ["talk.mp4", "2023/May/talk.mp4"])
async def test_file_goes_and_comes_back(
    library: Library, offload: Callable[..., Any], fetch: Callable[..., Any], path: str
) -> None:
    video = store_video(library, "talk", relative_path=path)
    assert (await offload("talk", dry_run=True)).changed is False
    assert video.file.exists()
    result = await offload()
    assert (result.location, result.path, result.freed_bytes) == ("bucket", path, len(video.content))
    assert not video.file.exists()
    assert library.rows()["talk"]["verified_at"] is not None
    again = await offload()
    assert (again.changed, again.freed_bytes) == (False, 0)
    back = await fetch()
    assert (back.location, back.changed, back.path) == ("both", True, path)
    assert video.file.read_bytes() == video.content
    assert (await fetch()).changed is False
    assert [entry.name for entry in video.file.parent.iterdir()] == ["talk.mp4"]


async def test_unknown_path_is_recorded(library: Library, offload: Callable[..., Any]) -> None:
    store_video(library)
    library.execute("UPDATE videos SET relative_path = NULL, md5 = NULL")
    await offload()
    row = library.rows()["talk"]
    assert (row["relative_path"], len(row["md5"])) == ("talk.mp4", 32)


async def test_missing_object_keeps_the_file(library: Library, offload: Callable[..., Any]) -> None:
    video = store_video(library, has_object=False)
    assert "does not exist" in await refused(offload, video, ObjectNotFoundError)


async def test_different_object_keeps_the_file(library: Library, offload: Callable[..., Any]) -> None:
    video = store_video(library, has_object=False)
    library.put(video.name, video.content[:-1] + b"?")
    assert "MD5" in await refused(offload, video, OffloadRefusedError)
    library.put(video.name, video.content + b"?")
    assert "bytes" in await refused(offload, video, OffloadRefusedError)


async def test_different_file_is_kept(library: Library, offload: Callable[..., Any]) -> None:
    video = store_video(library)
    other = video.content[::-1]
    video.file.write_bytes(other)
    assert "row of 'talk'" in await refused(offload, video, OffloadRefusedError, other)


async def test_damaged_object_keeps_the_file(
    library: Library, offload: Callable[..., Any], stack: SharedStack
) -> None:
    """The server's checksum is that of the upload; its file on the disk was damaged afterwards."""
    video = store_video(library, content=os.urandom(4000))
    blobs = [
        path
        for path in stack.postgres_log.parents[1].rglob("*")
        if path.is_file() and path.stat().st_size == 4000
    ]
    (blob,) = [path for path in blobs if path.read_bytes() == video.content]
    with blob.open("r+b") as file:
        file.write(b"\0\0\0\0")
    assert "content" in await refused(offload, video, OffloadRefusedError)


async def test_composite_object_is_read(
    library: Library, settings: Settings, uploader: GCSUploader, offload: Callable[..., Any]
) -> None:
    video = store_video(library, has_object=False)
    library.put("part", video.content)
    compose(library, "part", video.name)
    stored = await uploader.describe_object(video.name)
    assert stored is not None
    assert stored.md5 is None
    google = settings.model_copy(update={"storage_emulator_host": None})
    digest = await object_proof.read_digest(uploader, stored)
    assert await object_proof.prove_equal(uploader, google, video.name, digest) == stored
    library.put("part", video.content[::-1])
    library.remove(video.name)
    compose(library, "part", video.name)
    with pytest.raises(MismatchError):
        await object_proof.prove_equal(uploader, google, video.name, digest)
    await refused(offload, video, OffloadRefusedError)


def compose(library: Library, source: str, target: str) -> None:
    path = f"/storage/v1/b/{library.bucket}/o/{target.replace('/', '%2F')}/compose"
    library._request("POST", path, json={"sourceObjects": [{"name": source}]})


async def test_replaced_object_keeps_the_file(
    library: Library, offload: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The object is replaced by the same bytes between the comparison and the deletion."""
    video = store_video(library)

    async def replace_first(*arguments: Any) -> None:
        library.put(video.name, video.content)
        await object_proof.ensure_generation(*arguments)

    monkeypatch.setattr(offload_module, "ensure_generation", replace_first)
    await refused(offload, video, ObjectChangedError)


async def test_file_replaced_while_hashed_is_kept(
    library: Library, offload: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    video = store_video(library)
    read = ProvenFile.read

    def read_and_replace(file: ProvenFile, *arguments: Any) -> None:
        other = video.file.with_name("new")
        other.write_bytes(video.content)
        other.replace(video.file)
        read(file, *arguments)

    monkeypatch.setattr(ProvenFile, "read", read_and_replace)
    assert "changed" in await refused(offload, video, FileChangedError)


async def test_file_written_before_deletion_is_kept(
    library: Library, offload: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    video = store_video(library)
    delete = ProvenFile.delete

    def write_and_delete(file: ProvenFile) -> None:
        with video.file.open("ab") as opened:
            opened.write(b"!")
        delete(file)

    monkeypatch.setattr(ProvenFile, "delete", write_and_delete)
    await refused(offload, video, FileChangedError, video.content + b"!")


async def test_links_are_not_followed(library: Library, offload: Callable[..., Any], tmp_path: Path) -> None:
    video = store_video(library)
    outside = library.folder / "disk2"
    outside.mkdir()
    target = outside / "target.mp4"
    shutil.move(video.file, target)
    video.file.symlink_to(target)
    assert "symbolic link" in await refused(offload, video, LocalFileError)
    (library.folder / "2023").symlink_to(outside)
    library.execute("UPDATE videos SET relative_path = '2023/target.mp4'")
    assert "symbolic link" in await refused(offload, video, LocalFileError)


@pytest.mark.parametrize("kind", ["run", "export"])
async def test_video_in_use_is_kept(library: Library, offload: Callable[..., Any], kind: str) -> None:
    video = store_video(library)
    use(library, kind)
    assert kind in await refused(offload, video, VideoInUseError)


def use(library: Library, kind: str) -> None:
    if kind == "run":
        library.execute(
            "INSERT INTO pipeline_runs (request_id, kind, video_identifier, options, status, stages)"
            " VALUES ('r', 'moments', 'talk', '{}', 'processing', '{}')"
        )
        return
    library.execute(
        "INSERT INTO exports (id, video_id, start_time, end_time, title, options, cache_key, filename, state)"
        " SELECT %s, id, 0, 1, 't', '{}', %s, 'f.mp4', 'queued' FROM videos",
        "0" * 32,
        "0" * 64,
    )


async def test_run_started_meanwhile_keeps_the_file(
    library: Library, offload: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    video = store_video(library)

    async def start_run(*arguments: Any) -> None:
        use(library, "run")

    monkeypatch.setattr(offload_module, "ensure_generation", start_run)
    await refused(offload, video, VideoInUseError)


async def test_unavailable_bucket_keeps_the_file(
    library: Library, settings: Settings, session_factory: Any
) -> None:
    video = store_video(library)
    away = settings.model_copy(
        update={"storage_emulator_host": f"http://127.0.0.1:{free_port()}", "gcs_max_retries": 0}
    )
    uploader = GCSUploader(away)
    try:
        for transfer in (offload_video, fetch_video):
            with pytest.raises(StorageError):
                await transfer("talk", settings=away, uploader=uploader)
    finally:
        await uploader.close()
    assert video.file.read_bytes() == video.content


async def test_other_bucket_and_unknown_id(library: Library, offload: Callable[..., Any]) -> None:
    video = store_video(library)
    library.execute("UPDATE videos SET cloud_url = 'gs://other/videos/talk/talk.mp4'")
    await refused(offload, video, BucketConflictError)
    with pytest.raises(VideoNotFoundError):
        await offload("unknown")


async def test_hard_link_frees_nothing(library: Library, offload: Callable[..., Any]) -> None:
    video = store_video(library)
    (library.folder / "second.mp4").hardlink_to(video.file)
    assert (await offload()).freed_bytes == 0


async def test_fetch_names_a_conflict(library: Library, fetch: Callable[..., Any]) -> None:
    video = store_video(library, is_local=False)
    video.file.write_bytes(b"another video")
    with pytest.raises(FileConflictError, match=r"talk\.mp4"):
        await fetch()
    assert video.file.read_bytes() == b"another video"


@pytest.mark.parametrize(
    "path",
    [
        *("../talk.mp4", "a/../../talk.mp4", "link/talk.mp4", "talk\0.mp4"),
        pytest.param(f"{'x' * 300}/talk.mp4", id="long name"),
    ],
)
async def test_fetch_stays_in_the_folder(
    library: Library, fetch: Callable[..., Any], tmp_path: Path, path: str
) -> None:
    store_video(library, is_local=False)
    (library.folder / "link").symlink_to(tmp_path)
    if "\0" not in path:  # PostgreSQL stores no NUL
        library.execute("UPDATE videos SET relative_path = %s", path)
        with pytest.raises(FileConflictError):
            await fetch()
    assert not list(tmp_path.rglob("talk*.mp4"))


async def test_fetch_needs_disk_space(
    library: Library, fetch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    store_video(library, is_local=False)
    usage = shutil.disk_usage(library.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(DiskFullError, match="not enough disk space"):
        await fetch()
    assert list(library.folder.iterdir()) == []


async def test_fetch_refuses_another_object(library: Library, fetch: Callable[..., Any]) -> None:
    video = store_video(library, is_local=False)
    library.put(video.name, b"something else")
    with pytest.raises(MismatchError):
        await fetch()
    library.remove(video.name)
    with pytest.raises(ObjectNotFoundError):
        await fetch()
    assert list(library.folder.iterdir()) == []


async def test_concurrent_fetches_agree(library: Library, fetch: Callable[..., Any]) -> None:
    video = store_video(library, is_local=False)
    await asyncio.gather(*(fetch() for _ in range(4)))
    assert [path.name for path in library.folder.iterdir()] == ["talk.mp4"]
    assert video.file.read_bytes() == video.content


@pytest.mark.parametrize(
    ("is_local", "error", "location"),
    [
        (True, None, "both"),
        (True, "missing-object: gs://b/o does not exist", "local"),
        (True, "wrong-size: 1 instead of 2 bytes", "both"),
        (False, "missing-object: gs://b/o does not exist", "bucket"),
    ],
)
def test_location(is_local: bool, error: str | None, location: str) -> None:
    assert location_of(is_local=is_local, verification_error=error) == location
