"""Signed links of the storage server: what they allow, and what is refused."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from google.oauth2 import service_account

from embedded.gcs import make_service_account_key
from tests.embedded.support.storage_client import link

if TYPE_CHECKING:
    from google.cloud import storage

NAMES = ["two words.mp4", "#1?.mp4", "100%.mp4", "a%2Fb.mp4", "a+b&c=d.mp4", "//double//slash", "ä🎬.mp4"]


@pytest.fixture
def blob(objects: storage.Bucket) -> storage.Blob:
    blob = objects.blob("a b")
    blob.upload_from_string(b"0123456789", content_type="text/html")
    return blob


@pytest.mark.parametrize("name", NAMES)
def test_link_of_any_name(objects: storage.Bucket, signing_key: Any, url: str, name: str) -> None:
    objects.blob(name).upload_from_string(b"content")
    assert httpx.get(link(objects.blob(name), signing_key, url)).content == b"content"


def test_link_sets_response_headers(blob: storage.Blob, signing_key: Any, url: str) -> None:
    disposition = "attachment; filename*=utf-8''%C3%A4.mp4"
    address = link(blob, signing_key, url, response_disposition=disposition, response_type="video/mp4")
    response = httpx.get(address)
    assert response.status_code == 200
    assert response.headers["content-disposition"] == disposition
    assert response.headers["content-type"] == "video/mp4"


def test_link_cannot_add_headers(blob: storage.Blob, signing_key: Any, url: str) -> None:
    address = link(blob, signing_key, url, response_disposition="a\r\nSet-Cookie: b\0\x01")
    response = httpx.get(address)
    assert response.status_code == 200
    assert "set-cookie" not in response.headers


def test_head_needs_a_link_of_its_own(blob: storage.Blob, signing_key: Any, url: str) -> None:
    response = httpx.head(link(blob, signing_key, url, method="HEAD"))
    assert (response.status_code, response.headers["content-length"], response.content) == (200, "10", b"")
    assert response.headers["x-goog-generation"] == str(blob.generation)
    assert httpx.head(link(blob, signing_key, url)).status_code == 403


def test_refused_links(blob: storage.Blob, signing_key: Any, url: str) -> None:
    valid = link(blob, signing_key, url, response_disposition="attachment; filename=x.mp4")
    assert httpx.get(valid).status_code == 200  # and is kept as verified
    other_key = service_account.Credentials.from_service_account_info(make_service_account_key())
    refused = {
        "other method": ("PUT", valid),
        "deletion": ("DELETE", valid),
        "longer life": ("GET", valid.replace("Expires=300", "Expires=301")),
        "endless life": ("GET", valid.replace("Expires=300", "Expires=99999999")),
        "no number": ("GET", valid.replace("Expires=300", "Expires=x")),
        "other file name": ("GET", valid.replace("filename%3Dx", "filename%3Dy")),
        "other object": ("GET", valid.replace("a%20b", "other")),
        "added parameter": ("GET", valid + "&response-content-type=text/html"),
        "changed signature": ("GET", valid[:-2] + ("00" if valid[-2:] != "00" else "11")),
        "signature that is no number": ("GET", valid[:-2] + "zz"),
        "other algorithm": ("GET", valid.replace("GOOG4-RSA-SHA256", "GOOG4-HMAC-SHA256")),
        "other date": ("GET", valid.replace("X-Goog-Date=2", "X-Goog-Date=3")),
        "no signature": ("GET", f"{url}/{blob.bucket.name}/a%20b"),
        "other key": ("GET", link(blob, other_key, url)),
        "other host": ("GET", link(blob, signing_key, "http://127.0.0.1:1").replace("127.0.0.1:1", url[7:])),
    }
    for reason, (method, address) in refused.items():
        response = httpx.request(method, address)
        assert response.status_code == 403, reason
        error = ET.fromstring(response.content)
        assert error.tag == "Error", reason
        assert error.findtext("Code") in {"AccessDenied", "SignatureDoesNotMatch"}, reason


def test_expired_link_is_refused(blob: storage.Blob, signing_key: Any, url: str) -> None:
    address = link(blob, signing_key, url, expiration=timedelta(seconds=1))
    deadline = time.monotonic() + 30
    while (response := httpx.get(address)).status_code == 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert response.status_code == 403
    assert ET.fromstring(response.content).findtext("Code") == "ExpiredToken"


def test_link_longer_than_a_week_is_refused(blob: storage.Blob, url: str, signing_key: Any) -> None:
    with pytest.raises(ValueError, match="expiration"):
        link(blob, signing_key, url, expiration=timedelta(days=8))
    assert httpx.get(link(blob, signing_key, url, expiration=timedelta(days=7))).status_code == 200


def test_signed_put_creates_an_object(objects: storage.Bucket, signing_key: Any, url: str) -> None:
    address = link(objects.blob("a"), signing_key, url, method="PUT")
    extra = {"Content-Type": "text/plain", "x-goog-meta-key": "value"}
    assert httpx.put(address, content=b"content", headers=extra).status_code == 200
    found = objects.get_blob("a")
    assert (found.content_type, found.metadata) == ("text/plain", {"key": "value"})
    assert found.download_as_bytes() == b"content"
    once = {"x-goog-if-generation-match": "0"}
    assert httpx.put(address, content=b"other", headers=once).status_code == 412
    wrong = {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}
    assert httpx.put(address, content=b"other", headers=wrong).status_code == 400
    assert objects.blob("a").download_as_bytes() == b"content"


def test_signed_header_must_be_sent_unchanged(objects: storage.Bucket, signing_key: Any, url: str) -> None:
    address = link(objects.blob("a"), signing_key, url, method="PUT", content_type="video/mp4")
    assert httpx.put(address, content=b"1", headers={"Content-Type": "text/html"}).status_code == 403
    assert httpx.put(address, content=b"1", headers={"Content-Type": "video/mp4"}).status_code == 200


@pytest.mark.parametrize(
    "parameters", [{"acl": ""}, {"uploads": ""}, {"partNumber": "1"}, {"versioning": ""}]
)
def test_other_xml_requests_are_not_implemented(
    blob: storage.Blob, signing_key: Any, url: str, parameters: dict[str, str]
) -> None:
    for method in ("GET", "PUT"):
        address = link(blob, signing_key, url, method=method, query_parameters=parameters)
        assert httpx.request(method, address, content=b"x").status_code == 501
    copy = {"x-goog-copy-source": "other/object"}
    address = link(blob, signing_key, url, method="PUT", headers=copy)
    assert httpx.put(address, headers=copy).status_code == 501
    assert blob.download_as_bytes() == b"0123456789"


def test_ranges_and_conditions(blob: storage.Blob, signing_key: Any, url: str) -> None:
    address = link(blob, signing_key, url)
    etag = httpx.get(address).headers["etag"]
    for headers, status, content in (
        ({"Range": "bytes=2-4"}, 206, b"234"),
        ({"Range": "bytes=8-"}, 206, b"89"),
        ({"Range": "bytes=-3"}, 206, b"789"),
        ({"Range": "bytes=0-99"}, 206, b"0123456789"),
        ({"Range": "bytes=4-2"}, 200, b"0123456789"),
        ({"Range": "nonsense"}, 200, b"0123456789"),
        ({"Range": "bytes=2-4", "If-Range": etag}, 206, b"234"),
        ({"Range": "bytes=2-4", "If-Range": '"other"'}, 200, b"0123456789"),
        ({"If-None-Match": f'"x", {etag}'}, 304, b""),
        ({"If-Match": etag}, 200, b"0123456789"),
        ({"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304, b""),
    ):
        response = httpx.get(address, headers=headers)
        assert (response.status_code, response.content) == (status, content), headers
    for headers, status in (
        ({"Range": "bytes=10-"}, 416),
        ({"Range": "bytes=-0"}, 416),
        ({"If-Match": '"other"'}, 412),
        ({"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 412),
    ):
        assert httpx.get(address, headers=headers).status_code == status, headers
