"""Object names and signing key of the embedded Cloud Storage emulator."""

from __future__ import annotations

import json
import unicodedata
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from google.oauth2.service_account import Credentials

if TYPE_CHECKING:
    from tests.fixtures.servers import SharedStack

LONGEST_NAME_BYTES = 234
"""The emulator appends up to 21 bytes to an object name; file names are limited to 255 bytes."""

NAMES = [
    "plain.mp4",
    "two words.mp4",
    "#1?.mp4",
    "100%.mp4",
    "a%20b.mp4",
    "a%2Fb.mp4",
    "a+b&c=d.mp4",
    'it\'s "it".mp4',
    "back\\slash.mp4",
    "tab\there.mp4",
    unicodedata.normalize("NFC", "Müßiggänger.mp4"),
    unicodedata.normalize("NFD", "Müßiggänger.mp4"),
    "映画" * 38 + ".mp4",
    "n" * 196 + ".mp4",
    "🎬.mp4",
    "n" * (LONGEST_NAME_BYTES - 4) + ".mp4",
]


def upload(host: str, bucket: str, name: str, content: bytes) -> None:
    url = f"{host}/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(name, safe='')}"
    with urllib.request.urlopen(urllib.request.Request(url, data=content)):
        pass


@pytest.mark.parametrize("name", NAMES)
def test_object_name_round_trip(stack: SharedStack, bucket: str, name: str) -> None:
    host = stack.environment()["STORAGE_EMULATOR_HOST"]
    path = f"videos/{name.rpartition('.')[0]}/{name}"
    upload(host, bucket, path, b"content")
    with urllib.request.urlopen(f"{host}/storage/v1/b/{bucket}/o/{quote(path, safe='')}") as answer:
        assert json.load(answer)["name"] == path
    with urllib.request.urlopen(f"{host}/storage/v1/b/{bucket}/o?prefix=videos/") as answer:
        assert [item["name"] for item in json.load(answer)["items"]] == [path]
    with urllib.request.urlopen(f"{host}/{bucket}/{quote(path)}") as answer:
        assert answer.read() == b"content"


def test_too_long_object_name_is_rejected(stack: SharedStack, bucket: str) -> None:
    host = stack.environment()["STORAGE_EMULATOR_HOST"]
    with pytest.raises(urllib.error.HTTPError) as error:
        upload(host, bucket, "n" * (LONGEST_NAME_BYTES + 21), b"content")
    with error.value:
        assert b"file name too long" in error.value.read()


def test_service_account_key_signs(stack: SharedStack) -> None:
    key_file = Path(stack.environment()["GCS_SERVICE_ACCOUNT_FILE"])
    credentials = Credentials.from_service_account_file(str(key_file))
    signature = credentials.sign_bytes(b"what is signed")
    key = load_pem_private_key(json.loads(key_file.read_text())["private_key"].encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    key.public_key().verify(signature, b"what is signed", PKCS1v15(), SHA256())
    assert key.key_size == 2048
