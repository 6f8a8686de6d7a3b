"""The embedded Cloud Storage server, with Google's client and with requests of attackers."""

from __future__ import annotations

import json
import time
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from google.api_core.exceptions import BadRequest, NotFound, PreconditionFailed
from google.cloud import storage
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fixtures.servers import SharedStack

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


@pytest.fixture
def url(stack: SharedStack) -> str:
    return stack.environment()["STORAGE_EMULATOR_HOST"]


@pytest.fixture
def headers(stack: SharedStack) -> dict[str, str]:
    return {"Authorization": f"Bearer {stack.environment()['STORAGE_EMULATOR_TOKEN']}"}


@pytest.fixture
def signing_key(stack: SharedStack) -> Any:
    return service_account.Credentials.from_service_account_file(
        stack.environment()["GCS_SERVICE_ACCOUNT_FILE"]
    )


@pytest.fixture
def objects(stack: SharedStack, bucket: str, url: str) -> Iterator[storage.Bucket]:
    """Return an empty bucket of Google's client."""
    token = Credentials(stack.environment()["STORAGE_EMULATOR_TOKEN"])
    client = storage.Client(project="test", credentials=token, client_options={"api_endpoint": url})
    yield client.bucket(bucket)
    client.close()


def link(blob: storage.Blob, key: Any, url: str, **options: Any) -> str:
    options = {"version": "v4", "expiration": timedelta(minutes=5), "method": "GET"} | options
    return str(blob.generate_signed_url(api_access_endpoint=url, credentials=key, **options))


@pytest.mark.parametrize("name", NAMES)
def test_object_name_round_trip(objects: storage.Bucket, signing_key: Any, url: str, name: str) -> None:
    blob = objects.blob(name)
    blob.upload_from_string(b"content")
    assert [found.name for found in objects.list_blobs()] == [name]
    assert objects.blob(name).download_as_bytes() == b"content"
    if ".." not in name:  # HTTP clients resolve dot segments before they send a request
        assert httpx.get(link(blob, signing_key, url)).content == b"content"
    blob.delete()
    assert objects.get_blob(name) is None


@pytest.mark.parametrize("name", ["n" * 1025, "new\nline", "return\r", "nul\0", ".", "..", ""])
def test_invalid_object_name_is_rejected(url: str, headers: dict[str, str], bucket: str, name: str) -> None:
    path = f"{url}/upload/storage/v1/b/{bucket}/o"
    response = httpx.post(path, params={"uploadType": "media", "name": name}, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["errors"][0]["reason"] in {"invalid", "required"}


def test_preconditions(objects: storage.Bucket) -> None:
    blob = objects.blob("a")
    blob.upload_from_string(b"1", if_generation_match=0)
    first = blob.generation
    with pytest.raises(PreconditionFailed):
        objects.blob("a").upload_from_string(b"2", if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        objects.blob("a").upload_from_string(b"2", if_generation_match=first + 1)
    with pytest.raises(PreconditionFailed):
        objects.blob("a").delete(if_generation_match=first + 1)
    objects.blob("a").upload_from_string(b"2", if_generation_match=first)
    assert objects.get_blob("a").generation > first
    with pytest.raises(NotFound):
        objects.blob("a", generation=first).download_as_bytes()


def test_resumable_upload_preconditions(objects: storage.Bucket) -> None:
    objects.blob("a").upload_from_string(b"1")
    large = objects.blob("a", chunk_size=256 * 1024)
    with pytest.raises(PreconditionFailed):
        large.upload_from_string(b"x" * 600_000, if_generation_match=0)
    assert objects.blob("a").download_as_bytes() == b"1"


@pytest.mark.parametrize("upload_type", ["media", "multipart", "resumable"])
def test_wrong_checksum_stores_nothing(
    url: str, headers: dict[str, str], bucket: str, objects: storage.Bucket, upload_type: str
) -> None:
    path = f"{url}/upload/storage/v1/b/{bucket}/o"
    params = {"uploadType": upload_type, "name": "a"}
    wrong = {"X-Goog-Hash": "md5=AAAAAAAAAAAAAAAAAAAAAA=="}
    with httpx.Client(headers=headers) as client:
        if upload_type == "media":
            response = client.post(path, params=params, headers=wrong, content=b"bytes")
        elif upload_type == "multipart":
            part = json.dumps({"name": "a", "md5Hash": "AAAAAAAAAAAAAAAAAAAAAA=="})
            body = (
                f"--b\r\nContent-Type: application/json\r\n\r\n{part}\r\n--b\r\n\r\nbytes\r\n--b--".encode()
            )
            content_type = {"Content-Type": "multipart/related; boundary=b"}
            response = client.post(path, params=params, headers=content_type, content=body)
        else:
            session = client.post(path, params=params, json={"crc32c": "AAAAAA=="}).headers["location"]
            response = client.put(session, content=b"bytes")
    assert response.status_code == 400
    assert "doesn't match" in response.json()["error"]["message"]
    assert list(objects.list_blobs()) == []


def test_resumable_upload_continues_at_its_offset(
    url: str, headers: dict[str, str], bucket: str, objects: storage.Bucket
) -> None:
    content = bytes(range(256)) * 4096
    half = len(content) // 2
    with httpx.Client(headers=headers) as client:
        start = client.post(
            f"{url}/upload/storage/v1/b/{bucket}/o", params={"uploadType": "resumable", "name": "a"}, json={}
        )
        session = start.headers["location"]
        total = len(content)
        first = client.put(
            session, content=content[:half], headers={"Content-Range": f"bytes 0-{half - 1}/{total}"}
        )
        assert (first.status_code, first.headers["range"]) == (308, f"bytes=0-{half - 1}")
        status = client.put(session, headers={"Content-Range": f"bytes */{total}"})
        assert (status.status_code, status.headers["range"]) == (308, f"bytes=0-{half - 1}")
        gap = client.put(
            session, content=b"x", headers={"Content-Range": f"bytes {total - 1}-{total - 1}/{total}"}
        )
        assert gap.status_code == 503
        overlap = half - 1000
        last = client.put(
            session,
            content=content[overlap:],
            headers={"Content-Range": f"bytes {overlap}-{total - 1}/{total}"},
        )
        assert last.status_code == 200
        again = client.put(session, headers={"Content-Range": f"bytes */{total}"})
        assert (again.status_code, again.json()) == (200, last.json())
    assert objects.blob("a").download_as_bytes(checksum="md5") == content


def test_cancelled_session_is_gone(url: str, headers: dict[str, str], bucket: str) -> None:
    with httpx.Client(headers=headers) as client:
        path = f"{url}/upload/storage/v1/b/{bucket}/o"
        session = client.post(path, params={"uploadType": "resumable", "name": "a"}, json={}).headers[
            "location"
        ]
        assert client.delete(session).status_code == 499
        assert client.put(session, content=b"x").status_code == 404


def test_listing_pages_and_prefixes(objects: storage.Bucket) -> None:
    for name in ("a/1", "a/2", "b", "c/x/1", "c/x/2", "d"):
        objects.blob(name).upload_from_string(b"")
    for size in range(1, 7):
        assert [found.name for found in objects.list_blobs(page_size=size)] == [
            "a/1", "a/2", "b", "c/x/1", "c/x/2", "d",
        ]  # fmt: skip
        listing = objects.list_blobs(delimiter="/", page_size=size)
        assert [found.name for found in listing] == ["b", "d"]
        assert listing.prefixes == {"a/", "c/"}
    assert [found.name for found in objects.list_blobs(prefix="c/x/")] == ["c/x/1", "c/x/2"]
    assert [found.name for found in objects.list_blobs(start_offset="b", end_offset="c/x/2")] == [
        "b",
        "c/x/1",
    ]


def test_copy_compose_patch_and_batch(objects: storage.Bucket) -> None:
    source = objects.blob("a")
    source.upload_from_string(b"hello ", content_type="text/plain")
    source.metadata = {"key": "value"}
    source.patch()
    copy = objects.copy_blob(source, objects, "copy")
    assert (copy.content_type, copy.metadata, copy.md5_hash) == (
        "text/plain",
        {"key": "value"},
        source.md5_hash,
    )
    composed = objects.blob("composed")
    composed.compose([source, copy])
    found = objects.get_blob("composed")
    assert (found.component_count, found.md5_hash) == (2, None)
    assert found.download_as_bytes() == b"hello hello "
    with objects.client.batch():
        for name in ("a", "copy", "composed"):
            objects.blob(name).delete()
    assert list(objects.list_blobs()) == []


def test_ranges(objects: storage.Bucket, signing_key: Any, url: str) -> None:
    blob = objects.blob("a")
    blob.upload_from_string(b"0123456789")
    address = link(blob, signing_key, url)
    for requested, status, content in (
        ("bytes=2-4", 206, b"234"),
        ("bytes=8-", 206, b"89"),
        ("bytes=-3", 206, b"789"),
        ("bytes=0-99", 206, b"0123456789"),
        ("bytes=4-2", 200, b"0123456789"),
        ("nonsense", 200, b"0123456789"),
    ):
        response = httpx.get(address, headers={"Range": requested})
        assert (response.status_code, response.content) == (status, content)
    assert httpx.get(address, headers={"Range": "bytes=10-"}).status_code == 416


def test_signed_links_are_verified(objects: storage.Bucket, signing_key: Any, url: str) -> None:
    blob = objects.blob("a b")
    blob.upload_from_string(b"content")
    valid = link(blob, signing_key, url, response_disposition="attachment; filename=x.mp4")
    response = httpx.get(valid)
    assert (response.status_code, response.headers["content-disposition"]) == (
        200,
        "attachment; filename=x.mp4",
    )
    expired = link(blob, signing_key, url, expiration=timedelta(seconds=1))
    time.sleep(1.1)
    for method, address in (
        ("HEAD", valid),
        ("PUT", valid),
        ("DELETE", valid),
        ("GET", valid.replace("Expires=300", "Expires=301")),
        ("GET", valid.replace("filename%3Dx", "filename%3Dy")),
        ("GET", valid.replace("a%20b", "other")),
        ("GET", valid[:-2] + "00"),
        ("GET", f"{url}/{objects.name}/a%20b"),
    ):
        denied = httpx.request(method, address)
        assert denied.status_code == 403, (method, address)
        assert denied.headers["content-type"].startswith("application/xml") or method == "HEAD"
    assert httpx.get(expired).status_code == 400
    assert b"ExpiredToken" in httpx.get(expired).content


def test_signed_put_creates_an_object(objects: storage.Bucket, signing_key: Any, url: str) -> None:
    address = link(objects.blob("a"), signing_key, url, method="PUT")
    assert httpx.put(address, content=b"content").status_code == 200
    assert objects.blob("a").download_as_bytes() == b"content"


@pytest.mark.parametrize("token", [None, "wrong"])
def test_requests_without_the_token_are_rejected(
    url: str, bucket: str, objects: storage.Bucket, token: str | None
) -> None:
    objects.blob("a").upload_from_string(b"content")
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    headers["Origin"] = "https://attacker.example"
    upload = f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name=x"
    for method, path in (
        ("GET", f"/storage/v1/b/{bucket}/o"),
        ("GET", f"/download/storage/v1/b/{bucket}/o/a?alt=media"),
        ("POST", upload),
        ("DELETE", f"/storage/v1/b/{bucket}/o/a"),
        ("POST", "/batch/storage/v1"),
        ("OPTIONS", upload),
    ):
        response = httpx.request(method, url + path, headers=headers)
        assert response.status_code == 401, (method, path)
        assert not [name for name in response.headers if name.startswith("access-control-")]
    assert [found.name for found in objects.list_blobs()] == ["a"]


def test_unknown_host_is_refused(url: str, headers: dict[str, str], bucket: str) -> None:
    response = httpx.get(f"{url}/storage/v1/b/{bucket}/o", headers=headers | {"Host": "rebind.example:80"})
    assert response.status_code == 421


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/storage/v1/b/{bucket}/o?versions=true"),
        ("GET", "/storage/v1/b/{bucket}/acl"),
        ("POST", "/storage/v1/b/{bucket}/o/a/watch"),
        ("GET", "/storage/v1/projects/p/serviceAccount"),
    ],
)
def test_unsupported_requests_are_not_implemented(
    url: str, headers: dict[str, str], bucket: str, method: str, path: str
) -> None:
    response = httpx.request(method, url + path.format(bucket=bucket), headers=headers)
    assert response.status_code == 501
    assert response.json()["error"]["errors"][0]["reason"] == "notImplemented"


def test_large_json_body_is_rejected(url: str, headers: dict[str, str]) -> None:
    response = httpx.post(f"{url}/storage/v1/b", headers=headers, content=b" " * (1024**2 + 1))
    assert response.status_code == 413


def test_missing_bucket_and_object(objects: storage.Bucket) -> None:
    with pytest.raises(NotFound):
        objects.client.bucket("no-such-bucket").blob("a").upload_from_string(b"")
    with pytest.raises(NotFound):
        objects.blob("missing").delete()
    with pytest.raises(BadRequest):
        objects.client.create_bucket("Not A Bucket")
