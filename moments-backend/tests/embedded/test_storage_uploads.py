"""Uploads to the storage server at the level of HTTP: checksums, sessions, malformed bodies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.cloud import storage

WRONG_MD5 = "AAAAAAAAAAAAAAAAAAAAAA=="
CHUNK = 256 * 1024


@pytest.fixture
def client(url: str, headers: dict[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers=headers) as client:
        yield client


def start(
    client: httpx.Client, path: str, resource: dict[str, Any] | None = None, size: int | None = None
) -> str:
    params = {"uploadType": "resumable", "name": "a"}
    headers = {} if size is None else {"X-Upload-Content-Length": str(size)}
    response = client.post(path, params=params, json=resource or {}, headers=headers)
    assert response.status_code == 200
    return str(response.headers["location"])


def multipart(resource: object, content: bytes, *, end: str = "--b--") -> dict[str, Any]:
    head = f"--b\r\nContent-Type: application/json\r\n\r\n{json.dumps(resource)}\r\n--b\r\n\r\n"
    body = head.encode() + content + f"\r\n{end}".encode()
    return {"content": body, "headers": {"Content-Type": "multipart/related; boundary=b"}}


@pytest.mark.parametrize("name", ["n" * 1025, "new\nline", "return\r", "nul\0", ".", "..", ""])
def test_invalid_object_name_is_rejected(client: httpx.Client, upload_path: str, name: str) -> None:
    for body in ({"params": {"uploadType": "media", "name": name}}, multipart({"name": name}, b"")):
        response = client.post(upload_path, **{"params": {"uploadType": "multipart"}} | body)
        assert response.status_code == 400
        assert response.json()["error"]["errors"][0]["reason"] in {"invalid", "required"}


@pytest.mark.parametrize("upload_type", ["media", "multipart", "resumable", "last chunk", "content-md5"])
def test_wrong_checksum_stores_nothing(
    client: httpx.Client, upload_path: str, objects: storage.Bucket, upload_type: str
) -> None:
    params = {"uploadType": "media", "name": "a"}
    wrong = {"X-Goog-Hash": f"md5={WRONG_MD5}"}
    match upload_type:
        case "media":
            response = client.post(upload_path, params=params, headers=wrong, content=b"bytes")
        case "content-md5":
            header = {"Content-MD5": WRONG_MD5}
            response = client.post(upload_path, params=params, headers=header, content=b"bytes")
        case "multipart":
            body = multipart({"name": "a", "md5Hash": WRONG_MD5}, b"bytes")
            response = client.post(upload_path, params={"uploadType": "multipart"}, **body)
        case "resumable":
            response = client.put(start(client, upload_path, {"crc32c": "AAAAAA=="}), content=b"bytes")
        case _:
            response = client.put(start(client, upload_path), content=b"bytes", headers=wrong)
    assert response.status_code == 400
    assert "doesn't match" in response.json()["error"]["message"]
    assert list(objects.list_blobs()) == []


def test_malformed_checksum_is_rejected(client: httpx.Client, upload_path: str) -> None:
    params = {"uploadType": "media", "name": "a"}
    for value in ("md5=short", "crc32c=!", "md5="):
        response = client.post(upload_path, params=params, headers={"X-Goog-Hash": value}, content=b"bytes")
        assert response.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        multipart({"name": "a"}, b"half", end=""),
        multipart({"name": "a"}, b"half", end="--b"),
        multipart({"name": "a"}, b"1", end="--b\r\n\r\nthird\r\n--b--"),
        multipart(["not", "an", "object"], b"1"),
        multipart({"name": "a", "metadata": {"key": 1}}, b"1"),
        multipart({"name": "\ud800"}, b"1"),
        {"content": b"no boundary", "headers": {"Content-Type": "multipart/related"}},
        {"content": b"", "headers": {"Content-Type": "text/plain"}},
    ],
)
def test_malformed_multipart_body_stores_nothing(
    client: httpx.Client, upload_path: str, objects: storage.Bucket, body: dict[str, Any]
) -> None:
    response = client.post(upload_path, params={"uploadType": "multipart"}, **body)
    assert response.status_code == 400
    assert list(objects.list_blobs()) == []


def test_multipart_media_may_hold_anything(
    client: httpx.Client, upload_path: str, objects: storage.Bucket
) -> None:
    content = b"\r\n--\r\n--c--\r\n" * 50_000 + b"\r\n--"
    response = client.post(
        upload_path, params={"uploadType": "multipart"}, **multipart({"name": "a"}, content)
    )
    assert response.status_code == 200
    assert objects.blob("a").download_as_bytes(checksum="md5") == content


def test_session_continues_at_its_offset(
    client: httpx.Client, upload_path: str, objects: storage.Bucket
) -> None:
    content = bytes(range(256)) * 4096
    half, total = len(content) // 2, len(content)
    session = start(client, upload_path)
    chunk = {"Content-Range": f"bytes 0-{half - 1}/{total}"}
    first = client.put(session, content=content[:half], headers=chunk)
    assert (first.status_code, first.headers["range"]) == (308, f"bytes=0-{half - 1}")
    status = client.put(session, headers={"Content-Range": "bytes */*"})
    assert (status.status_code, status.headers["range"]) == (308, f"bytes=0-{half - 1}")
    gap = {"Content-Range": f"bytes {total - 1}-{total - 1}/{total}"}
    assert client.put(session, content=b"x", headers=gap).status_code == 503
    overlap = half - 1000
    rest = {"Content-Range": f"bytes {overlap}-{total - 1}/{total}"}
    last = client.put(session, content=content[overlap:], headers=rest)
    assert last.status_code == 200
    again = client.put(session, headers={"Content-Range": f"bytes */{total}"})
    assert (again.status_code, again.json()) == (200, last.json())
    assert objects.blob("a").download_as_bytes(checksum="md5") == content


def test_session_of_unknown_size(client: httpx.Client, upload_path: str, objects: storage.Bucket) -> None:
    session = start(client, upload_path)
    first = client.put(session, content=b"x" * CHUNK, headers={"Content-Range": f"bytes 0-{CHUNK - 1}/*"})
    assert first.status_code == 308
    last = {"Content-Range": f"bytes {CHUNK}-{CHUNK}/{CHUNK + 1}"}
    assert client.put(session, content=b"y", headers=last).status_code == 200
    assert objects.get_blob("a").size == CHUNK + 1


def test_session_in_one_chunked_request(
    client: httpx.Client, upload_path: str, objects: storage.Bucket
) -> None:
    session = start(client, upload_path)
    assert client.put(session, content=iter([b"one", b"two"])).status_code == 200
    assert objects.blob("a").download_as_bytes() == b"onetwo"


def test_session_of_an_empty_object(client: httpx.Client, upload_path: str, objects: storage.Bucket) -> None:
    session = start(client, upload_path, size=0)
    assert client.put(session, headers={"Content-Range": "bytes */0"}).status_code == 200
    assert objects.get_blob("a").size == 0


def test_session_without_status_308(client: httpx.Client, upload_path: str) -> None:
    session = start(client, upload_path)
    response = client.put(
        session,
        content=b"x" * CHUNK,
        headers={"Content-Range": f"bytes 0-{CHUNK - 1}/*", "X-GUploader-No-308": "yes"},
    )
    assert (response.status_code, response.headers["x-http-status-code-override"]) == (200, "308")


@pytest.mark.parametrize(
    ("chunk", "size"),
    [
        ({"Content-Range": "bytes 0-9/*"}, 10),
        ({"Content-Range": f"bytes 0-9/{CHUNK}"}, 10),
        ({"Content-Range": "bytes 5-1/10"}, 1),
        ({"Content-Range": "bytes 0-10/10"}, 11),
        ({"Content-Range": "items 0-1/2"}, 2),
        ({"Content-Range": "bytes */5"}, 0),
        ({}, 99),
    ],
)
def test_invalid_chunk_is_rejected(
    client: httpx.Client, upload_path: str, objects: storage.Bucket, chunk: dict[str, str], size: int
) -> None:
    session = start(client, upload_path, size=600_000)
    assert client.put(session, content=b"x" * size, headers=chunk).status_code == 400
    assert list(objects.list_blobs()) == []


def test_total_below_the_stored_size_is_rejected(client: httpx.Client, upload_path: str) -> None:
    session = start(client, upload_path)
    client.put(session, content=b"x" * CHUNK, headers={"Content-Range": f"bytes 0-{CHUNK - 1}/*"})
    assert client.put(session, headers={"Content-Range": "bytes */5"}).status_code == 400


def test_cancelled_session_is_gone(client: httpx.Client, upload_path: str) -> None:
    session = start(client, upload_path)
    assert client.delete(session).status_code == 499
    assert client.put(session, content=b"x").status_code == 404
    assert client.delete(session).status_code == 404


def test_failed_precondition_ends_the_session(
    client: httpx.Client, upload_path: str, objects: storage.Bucket
) -> None:
    params = {"uploadType": "resumable", "name": "a", "ifGenerationMatch": "0"}
    session = client.post(upload_path, params=params, json={}).headers["location"]
    objects.blob("a").upload_from_string(b"first")
    assert client.put(session, content=b"second").status_code == 412
    assert client.put(session, content=b"second").status_code == 404
    assert objects.blob("a").download_as_bytes() == b"first"


def test_upload_that_cannot_fit_fails_before_it_is_sent(client: httpx.Client, upload_path: str) -> None:
    params = {"uploadType": "resumable", "name": "a"}
    size = {"X-Upload-Content-Length": str(10**16)}
    response = client.post(upload_path, params=params, json={}, headers=size)
    assert response.status_code == 507
    assert "not enough disk space" in response.json()["error"]["message"]


def test_interrupted_upload_stores_nothing(
    client: httpx.Client, upload_path: str, objects: storage.Bucket
) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    for params in ({"uploadType": "media", "name": "a"}, {"uploadType": "multipart"}):
        with pytest.raises(ConnectionError):
            client.post(upload_path, params=params, content=broken(), headers={"Content-Length": "99"})
    assert list(objects.list_blobs()) == []
