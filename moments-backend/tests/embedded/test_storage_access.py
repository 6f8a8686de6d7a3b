"""Access to the storage server, and its responses to malformed requests."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from tests.embedded.support.storage_client import link

if TYPE_CHECKING:
    from typing import Any

    from google.cloud import storage

    from tests.fixtures.servers import SharedStack

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def exchange(url: str, request: bytes) -> bytes:
    """Send bytes and return everything until the server closes or pauses."""
    address = urlsplit(url)
    with closing(socket.create_connection((address.hostname, address.port), timeout=5)) as connection:
        connection.sendall(request)
        received = b""
        try:
            while part := connection.recv(65536):
                received += part
                if b"\r\n\r\n" in received:
                    break
        except (TimeoutError, ConnectionError):
            pass
        return received


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
        ("GET", f"/storage/v1/b/{bucket}/o/a"),
        ("GET", f"/download/storage/v1/b/{bucket}/o/a?alt=media"),
        ("POST", upload),
        ("POST", "/upload/storage/v1/b/x/o?uploadType=resumable&name=x"),
        ("DELETE", f"/storage/v1/b/{bucket}/o/a"),
        ("PATCH", f"/storage/v1/b/{bucket}/o/a"),
        ("POST", "/storage/v1/b"),
        ("POST", "/batch/storage/v1"),
        ("OPTIONS", upload),
    ):
        response = httpx.request(method, url + path, headers=headers)
        assert response.status_code == 401, (method, path)
        assert not [name for name in response.headers if name.startswith("access-control-")]
    assert [found.name for found in objects.list_blobs()] == ["a"]


def test_form_of_another_site_stores_nothing(url: str, upload_path: str, objects: storage.Bucket) -> None:
    name = "../../../.venv/lib/python3.11/site-packages/x.pth"
    response = httpx.post(
        url + upload_path,
        params={"uploadType": "media", "name": name},
        headers={"Content-Type": "text/plain", "Origin": "https://attacker.example"},
        content=b"import os=print()\r\n",
    )
    assert response.status_code == 401
    assert list(objects.list_blobs()) == []


def test_resumable_session_needs_the_token(url: str, upload_path: str, headers: dict[str, str]) -> None:
    params = {"uploadType": "resumable", "name": "a"}
    session = httpx.post(url + upload_path, params=params, json={}, headers=headers).headers["location"]
    assert httpx.put(session, content=b"x").status_code == 401
    assert httpx.put(session, content=b"x", headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["rebind.example:80", "127.0.0.1.rebind.example:1", "192.0.2.1:80", ""])
def test_unknown_host_is_refused(
    url: str, headers: dict[str, str], bucket: str, host: str, objects: storage.Bucket, signing_key: Any
) -> None:
    named = headers | {"Host": host}
    assert httpx.get(f"{url}/storage/v1/b/{bucket}/o", headers=named).status_code == 421
    objects.blob("a").upload_from_string(b"")
    assert httpx.get(link(objects.blob("a"), signing_key, url), headers={"Host": host}).status_code == 421


def test_no_cors_headers_for_any_request(url: str, objects: storage.Bucket, signing_key: Any) -> None:
    objects.blob("a").upload_from_string(b"content")
    address = link(objects.blob("a"), signing_key, url)
    preflight = {
        "Origin": "https://attacker.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Private-Network": "true",
    }
    for method, target in (("OPTIONS", address), ("GET", address), ("OPTIONS", f"{url}/health")):
        response = httpx.request(method, target, headers=preflight)
        assert not [name for name in response.headers if name.startswith("access-control-")]


def test_every_response_has_security_headers(
    url: str, headers: dict[str, str], bucket: str, objects: storage.Bucket, signing_key: Any
) -> None:
    objects.blob("a").upload_from_string(b"content")
    by_link = httpx.get(link(objects.blob("a"), signing_key, url))
    others = [
        httpx.get(f"{url}/health"),
        httpx.get(f"{url}/storage/v1/b/{bucket}/o", headers=headers),
        httpx.get(f"{url}/storage/v1/b/{bucket}/o"),
        httpx.get(f"{url}/storage/v1/b/missing", headers=headers),
        httpx.get(f"{url}/storage/v1/b/{bucket}/acl", headers=headers),
        httpx.get(f"{url}/{bucket}/a"),
        httpx.get(f"{url}/health", headers={"Host": "rebind.example"}),
    ]
    for response in (by_link, *others):
        assert {name: response.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    # A link is a secret of its own; the app may be open as `localhost`, which is another site.
    assert by_link.headers["cross-origin-resource-policy"] == "cross-origin"
    assert {response.headers["cross-origin-resource-policy"] for response in others} == {"same-origin"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/storage/v1/b/{bucket}/o?versions=true"),
        ("GET", "/storage/v1/b/{bucket}/o?softDeleted=True"),
        ("GET", "/storage/v1/b/{bucket}/o?matchGlob=*"),
        ("GET", "/storage/v1/b/{bucket}/o/a?alt=proto"),
        ("GET", "/storage/v1/b/{bucket}/acl"),
        ("GET", "/storage/v1/b/{bucket}/iam"),
        ("PATCH", "/storage/v1/b/{bucket}"),
        ("POST", "/storage/v1/b/{bucket}/o/a/restore"),
        ("POST", "/storage/v1/b/{bucket}/o/a/moveTo/o/b"),
        ("POST", "/storage/v1/b/{bucket}/o/watch"),
        ("POST", "/upload/storage/v1/b/{bucket}/o?uploadType=media&name=a&predefinedAcl=publicRead"),
        ("POST", "/upload/storage/v1/b/{bucket}/o?uploadType=media&name=a&kmsKeyName=k"),
        ("GET", "/storage/v1/projects/p/serviceAccount"),
        ("GET", "/storage/v2/b"),
    ],
)
def test_unsupported_requests_are_not_implemented(
    url: str, headers: dict[str, str], bucket: str, method: str, path: str, objects: storage.Bucket
) -> None:
    response = httpx.request(method, url + path.format(bucket=bucket), headers=headers)
    assert response.status_code == 501
    assert response.json()["error"]["errors"][0]["reason"] == "notImplemented"
    assert list(objects.list_blobs()) == []


def test_downloads_in_a_batch_are_not_implemented(
    url: str, headers: dict[str, str], objects: storage.Bucket
) -> None:
    objects.blob("a").upload_from_string(b"content")
    call = f"GET /storage/v1/b/{objects.name}/o/a?alt=media HTTP/1.1"
    body = f"--x\r\nContent-Type: application/http\r\n\r\n{call}\r\n\r\n\r\n--x--\r\n".encode()
    kind = {"Content-Type": "multipart/mixed; boundary=x"}
    response = httpx.post(f"{url}/batch/storage/v1", content=body, headers=headers | kind)
    assert "HTTP/1.1 501 " in response.text


@pytest.mark.parametrize(
    "resource",
    [{"storageClass": "COLDLINE"}, {"acl": [{"entity": "allUsers"}]}, {"temporaryHold": True}],
)
def test_unsupported_fields_are_not_implemented(
    url: str, headers: dict[str, str], upload_path: str, objects: storage.Bucket, resource: dict[str, object]
) -> None:
    params = {"uploadType": "resumable", "name": "a"}
    response = httpx.post(url + upload_path, params=params, json=resource, headers=headers)
    assert response.status_code == 501
    objects.blob("a").upload_from_string(b"")
    path = f"{url}/storage/v1/b/{objects.name}/o/a"
    assert httpx.patch(path, json=resource, headers=headers).status_code == 501
    assert (
        httpx.post(f"{path}/rewriteTo/b/{objects.name}/o/b", json=resource, headers=headers).status_code
        == 501
    )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "o?maxResults=-1", b""),
        ("GET", "o?maxResults=99999999999999999999", b""),
        ("GET", "o?pageToken=a", b""),
        ("GET", "o?prefix=%ff", b""),
        ("GET", "o?fields=items(name", b""),
        ("GET", "o?fields=,,(/", b""),
        ("GET", "o/%ff", b""),
        ("GET", "o/a?generation=x", b""),
        ("GET", "o/a?ifGenerationMatch=1.5", b""),
        ("POST", "o/c/compose", b'{"sourceObjects": [{"name": "a", "generation": "x"}]}'),
        ("POST", "o/c/compose", b'{"sourceObjects": [{"name": "\\ud800"}]}'),
        ("POST", "o/c/compose", b'{"sourceObjects": [{"name": "a", "objectPreconditions": []}, 1]}'),
        ("POST", "o/c/compose", b'{"sourceObjects": []}'),
        ("PATCH", "o/a", b'{"metadata": {"a": "\\udc00"}}'),
        ("PATCH", "o/a", b'{"metadata": {"a": NaN}}'),
        ("PATCH", "o/a", b'{"contentType": 1}'),
        ("PATCH", "o/a", b"[" * 100_000),
        ("PATCH", "o/a", b"{"),
    ],
)
def test_malformed_request_is_a_client_error(
    url: str, headers: dict[str, str], objects: storage.Bucket, method: str, path: str, body: bytes
) -> None:
    objects.blob("a").upload_from_string(b"content")
    target = f"{url}/storage/v1/b/{objects.name}/{path}"
    response = httpx.request(method, target, content=body, headers=headers)
    assert response.status_code == 400, response.text
    assert response.json()["error"]["code"] == 400


def test_large_json_body_is_rejected(url: str, headers: dict[str, str]) -> None:
    response = httpx.post(f"{url}/storage/v1/b", headers=headers, content=b" " * (1024**2 + 1))
    assert response.status_code == 413
    endless = httpx.post(f"{url}/storage/v1/b", headers=headers, content=(b" " * 65536 for _ in range(100)))
    assert endless.status_code == 413


HEAD = b"POST /storage/v1/b HTTP/1.1\r\nHost: 127.0.0.1:1\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1e3\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nnonsense",
        HEAD + b"X: a\0b\r\n\r\n",
        b"GET \xff\xfe HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
        b"GET /a?\xff HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
        b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
        b"GET // HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS",
    ],
)
def test_malformed_http_is_refused(url: str, request_bytes: bytes) -> None:
    received = exchange(url, request_bytes)
    assert received == b"" or received.split()[1] in {b"400", b"401", b"403", b"405", b"421"}
    assert httpx.get(f"{url}/health").status_code == 200


def test_large_request_head_is_refused(url: str) -> None:
    head = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1:1\r\nX: " + b"x" * 200_000 + b"\r\n\r\n"
    assert exchange(url, head).split()[1] == b"431"
    assert httpx.get(f"{url}/health").status_code == 200


def test_head_cut_in_the_middle_stores_nothing(
    url: str, headers: dict[str, str], upload_path: str, objects: storage.Bucket
) -> None:
    head = f"POST {upload_path}?uploadType=media&name=a HTTP/1.1\r\nHost: 127.0.0.1:1\r\n"
    body = head + f"Authorization: {headers['Authorization']}\r\nContent-Length: 100\r\n\r\nhalf"
    address = urlsplit(url)
    for size in (len(head) // 2, len(head), len(body) - 4, len(body)):
        with closing(socket.create_connection((address.hostname, address.port))) as connection:
            connection.sendall(body.encode()[:size])
    assert httpx.get(f"{url}/health").status_code == 200
    assert list(objects.list_blobs()) == []


def test_token_is_in_private_files_only(stack: SharedStack) -> None:
    token = stack.environment()["STORAGE_EMULATOR_TOKEN"]
    directory = stack.postgres_log.parent.parent
    readable = {
        file.name: file.stat().st_mode & 0o777
        for file in directory.iterdir()
        if file.is_file() and token in file.read_text(errors="replace")
    }
    assert readable == {"gcs.json": 0o600, "stack.env": 0o600}
    assert len(token) >= 32
