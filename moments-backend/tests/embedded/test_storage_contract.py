"""Google's client on our storage server and, with `TESTBENCH_URL`, on Google's own testbench.

https://github.com/googleapis/storage-testbench
"""

from __future__ import annotations

import os
import unicodedata
import uuid
from typing import TYPE_CHECKING

import pytest
from google.api_core.exceptions import BadRequest, Conflict, NotFound, PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from tests.embedded.support.storage_client import upload_in_chunks

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = [
    "plain.mp4",
    "two words.mp4",
    "#1?.mp4",
    "100%.mp4",
    "a%2Fb.mp4",
    "a+b&c=d.mp4",
    'it\'s "it".mp4',
    "back\\slash.mp4",
    "tab\there.mp4",
    "../../../etc/passwd",
    "//double//slash",
    unicodedata.normalize("NFC", "Müßiggänger.mp4"),
    unicodedata.normalize("NFD", "Müßiggänger.mp4"),
    "🎬.mp4",
    "n" * 1024,
]
CHUNK = 256 * 1024


@pytest.fixture(params=["ours", "testbench"])
def remote(request: pytest.FixtureRequest) -> Iterator[storage.Bucket]:
    """Return an empty bucket of each implementation."""
    if request.param == "ours":
        yield request.getfixturevalue("objects")
        return
    address = os.environ.get("TESTBENCH_URL")
    if not address:
        pytest.skip("TESTBENCH_URL does not name a running storage-testbench")
    client = storage.Client(
        project="test", credentials=AnonymousCredentials(), client_options={"api_endpoint": address}
    )
    yield client.create_bucket(f"test-{uuid.uuid4().hex}")
    client.close()


@pytest.mark.parametrize("name", NAMES)
def test_object_name_round_trip(remote: storage.Bucket, name: str) -> None:
    remote.blob(name).upload_from_string(b"content")
    assert [found.name for found in remote.list_blobs()] == [name]
    assert remote.blob(name).download_as_bytes() == b"content"
    remote.blob(name).delete()
    assert remote.get_blob(name) is None


def test_generation_preconditions(remote: storage.Bucket) -> None:
    blob = remote.blob("a")
    blob.upload_from_string(b"1", if_generation_match=0)
    first = blob.generation
    for wrong in (0, first + 1):
        with pytest.raises(PreconditionFailed):
            remote.blob("a").upload_from_string(b"2", if_generation_match=wrong)
        with pytest.raises(PreconditionFailed):
            upload_in_chunks(remote.blob("a", chunk_size=CHUNK), b"2" * 2 * CHUNK, if_generation_match=wrong)
    with pytest.raises(PreconditionFailed):
        remote.blob("a").delete(if_generation_match=first + 1)
    with pytest.raises(PreconditionFailed):
        remote.blob("a").download_as_bytes(if_generation_match=first + 1)
    remote.blob("a").upload_from_string(b"2", if_generation_match=first)
    assert remote.get_blob("a").generation > first
    with pytest.raises(NotFound):
        remote.blob("a", generation=first).download_as_bytes()


def test_large_upload_refused_early_is_reported(remote: storage.Bucket) -> None:
    """The server answers before it has read the body, which must not look like a lost connection."""
    remote.blob("a").upload_from_string(b"1")
    with pytest.raises(PreconditionFailed):
        remote.blob("a").upload_from_string(b"x" * 8 * 1024 * 1024, if_generation_match=0, retry=None)
    assert remote.blob("a").download_as_bytes() == b"1"


def test_metageneration_preconditions(remote: storage.Bucket) -> None:
    blob = remote.blob("a")
    blob.upload_from_string(b"1")
    blob.metadata = {"key": "value"}
    blob.patch(if_metageneration_match=1)
    assert (blob.metageneration, blob.metadata) == (2, {"key": "value"})
    blob.metadata = {"key": "other"}
    with pytest.raises(PreconditionFailed):
        blob.patch(if_metageneration_match=1)
    with pytest.raises(PreconditionFailed):
        blob.delete(if_metageneration_match=1)
    assert remote.get_blob("a").metadata == {"key": "value"}


def test_patch_removes_single_keys(remote: storage.Bucket) -> None:
    blob = remote.blob("a")
    blob.metadata = {"kept": "1", "removed": "2"}
    blob.upload_from_string(b"1", content_type="text/plain")
    blob.metadata = {"kept": "1", "removed": None}
    blob.content_disposition = "inline"
    blob.patch()
    found = remote.get_blob("a")
    assert found.metadata == {"kept": "1"}
    assert (found.content_type, found.content_disposition) == ("text/plain", "inline")


def test_update_replaces_all_fields(remote: storage.Bucket) -> None:
    blob = remote.blob("a")
    blob.metadata = {"old": "1"}
    blob.upload_from_string(b"1", content_type="text/plain")
    blob.metadata = {"new": "2"}
    blob.update()
    assert remote.get_blob("a").metadata == {"new": "2"}


def test_listing_pages_and_prefixes(remote: storage.Bucket) -> None:
    names = ["a/1", "a/2", "b", "c/x/1", "c/x/2", "d"]
    for name in names:
        remote.blob(name).upload_from_string(b"")
    for size in range(1, 7):
        assert [found.name for found in remote.list_blobs(page_size=size)] == names
        listing = remote.list_blobs(delimiter="/", page_size=size)
        assert [found.name for found in listing] == ["b", "d"]
        assert set(listing.prefixes) == {"a/", "c/"}
    assert [found.name for found in remote.list_blobs(prefix="c/x/")] == ["c/x/1", "c/x/2"]
    between = remote.list_blobs(start_offset="b", end_offset="c/x/2")
    assert [found.name for found in between] == ["b", "c/x/1"]


def test_listing_with_trailing_delimiter(remote: storage.Bucket) -> None:
    for name in ("a/", "a/1", "b"):
        remote.blob(name).upload_from_string(b"")
    without = remote.list_blobs(delimiter="/")
    assert ([found.name for found in without], set(without.prefixes)) == (["b"], {"a/"})
    listing = remote.list_blobs(delimiter="/", include_trailing_delimiter=True)
    assert ([found.name for found in listing], set(listing.prefixes)) == (["a/", "b"], {"a/"})


def test_listing_of_selected_fields(remote: storage.Bucket) -> None:
    remote.blob("a").upload_from_string(b"12345")
    (found,) = remote.list_blobs(fields="items(name,size),nextPageToken")
    assert (found.name, found.size, found.generation) == ("a", 5, None)


def test_copy_and_rewrite_preconditions(remote: storage.Bucket) -> None:
    source = remote.blob("a")
    source.metadata = {"key": "value"}
    source.upload_from_string(b"hello ", content_type="text/plain")
    copy = remote.copy_blob(source, remote, "copy", if_source_generation_match=source.generation)
    assert (copy.content_type, copy.metadata, copy.md5_hash) == (
        "text/plain",
        {"key": "value"},
        source.md5_hash,
    )
    with pytest.raises(PreconditionFailed):
        remote.copy_blob(source, remote, "b", if_source_generation_match=source.generation + 1)
    with pytest.raises(PreconditionFailed):
        remote.copy_blob(source, remote, "copy", if_generation_match=0)
    token, rewritten, total = remote.blob("c").rewrite(source, if_generation_match=0)
    assert (token, rewritten, total) == (None, 6, 6)
    with pytest.raises(PreconditionFailed):
        remote.blob("c").rewrite(source, if_source_metageneration_match=source.metageneration + 1)
    source.delete()
    assert remote.blob("copy").download_as_bytes() == remote.blob("c").download_as_bytes() == b"hello "


def test_compose_preconditions(remote: storage.Bucket) -> None:
    parts = [remote.blob(name) for name in ("a", "b")]
    for part, content in zip(parts, (b"hello ", b"world"), strict=True):
        part.upload_from_string(content)
    composed = remote.blob("composed")
    generations = [part.generation for part in parts]
    composed.compose(parts, if_generation_match=0, if_source_generation_match=generations)
    found = remote.get_blob("composed")
    assert (found.component_count, found.md5_hash) == (2, None)
    assert found.download_as_bytes() == b"hello world"
    with pytest.raises(PreconditionFailed):
        composed.compose(parts, if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        composed.compose(parts, if_source_generation_match=[generations[0], generations[1] + 1])
    assert remote.get_blob("composed").generation == found.generation


def test_batch_reports_each_result(remote: storage.Bucket) -> None:
    for name in ("a", "b"):
        remote.blob(name).upload_from_string(b"1")
    with pytest.raises(NotFound):
        _delete_in_one_batch(remote, ["a", "missing", "b"])
    assert list(remote.list_blobs()) == []


def test_ranges_and_checksums_of_downloads(remote: storage.Bucket) -> None:
    blob = remote.blob("a")
    blob.upload_from_string(b"0123456789")
    assert blob.download_as_bytes(start=2, end=4) == b"234"
    assert blob.download_as_bytes(start=8) == b"89"
    for checksum in ("md5", "crc32c"):
        assert blob.download_as_bytes(checksum=checksum) == b"0123456789"


def test_resumable_upload_of_several_chunks(remote: storage.Bucket) -> None:
    content = os.urandom(3 * CHUNK + 17)
    blob = remote.blob("a", chunk_size=CHUNK)
    upload_in_chunks(blob, content, checksum="md5")
    assert (blob.size, blob.download_as_bytes(checksum="md5")) == (len(content), content)


def test_missing_and_existing_resources(remote: storage.Bucket) -> None:
    missing = remote.client.bucket(f"missing-{uuid.uuid4().hex}")
    assert not missing.exists()
    with pytest.raises(NotFound):
        missing.blob("a").upload_from_string(b"")
    with pytest.raises(NotFound):
        list(missing.list_blobs())
    with pytest.raises(NotFound):
        remote.blob("missing").delete()
    with pytest.raises(Conflict):
        remote.client.create_bucket(remote.name)
    assert remote.exists()
    assert remote.name in {bucket.name for bucket in remote.client.list_buckets()}


def test_bucket_must_be_empty_to_be_deleted(objects: storage.Bucket) -> None:
    objects.blob("a").upload_from_string(b"")
    with pytest.raises(Conflict):
        objects.delete()
    objects.blob("a").delete()
    objects.delete()
    assert not objects.exists()


def test_invalid_bucket_name_is_rejected(objects: storage.Bucket) -> None:
    with pytest.raises(BadRequest):
        objects.client.create_bucket("Not A Bucket")


def _delete_in_one_batch(remote: storage.Bucket, names: list[str]) -> None:
    with remote.client.batch():
        for name in names:
            remote.blob(name).delete()
