"""Signed links on machines without a private key, such as Cloud Run and Compute Engine."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.services.storage.support.google_double import EMAIL, TOKEN, google_double

pytestmark = pytest.mark.slow

PROGRAM = """
import asyncio
from app.core.config import Settings
from app.services.storage.gcs_uploader import GCSUploader

async def main():
    uploader = GCSUploader(Settings(gcs_signed_url_expiry_hours=48))
    print(await uploader.generate_signed_url("videos/a b/a b.mp4"))
    print((await uploader.signed_url_lifetime()).total_seconds())
    await uploader.close()

asyncio.run(main())
"""


def test_iam_service_signs_links(tmp_path: Path) -> None:
    with google_double(tmp_path) as google:
        environment = google.environment | {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "EMBEDDED_DIR": str(tmp_path / "none"),
            "GCS_BUCKET_NAME": "a-bucket",
        }
        # In a separate process, because the library reads the metadata server's address at import.
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr
    url, lifetime = ended.stdout.split("\n")[:2]
    query = parse_qs(urlsplit(url).query)
    assert query["X-Goog-Credential"][0].startswith(f"{EMAIL}/")
    assert float(lifetime) == 12 * 3600 == float(query["X-Goog-Expires"][0])  # asked for 48 h

    (request,) = google.signed
    assert request["path"].split("?")[0] == f"/v1/projects/-/serviceAccounts/{EMAIL}:signBlob"
    assert request["authorization"] == f"Bearer {TOKEN}"
    google.key.public_key().verify(
        bytes.fromhex(query["X-Goog-Signature"][0]), request["message"], padding.PKCS1v15(), hashes.SHA256()
    )
