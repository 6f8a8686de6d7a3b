"""The embedded Cloud Storage server: its process, bucket, token and signing key."""

import json
import secrets
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.core.config import BACKEND_DIR
from app.core.exceptions import ServerFailedError
from embedded.data_dir import DataDirectory, write_private
from embedded.ports import LOOPBACK
from embedded.privileges import other_owner
from embedded.process import server_environment
from embedded.server import OWN_SERVERS_REMEDY, EmbeddedServer, LaunchSpec
from embedded.storage_server.legacy_import import import_legacy_objects
from embedded.storage_server.store import Store

PROJECT = "videomoments-embedded"
REQUEST_SECONDS = 10
MAX_PROBLEMS = 20
_ERROR = " ERROR "


class GcsServer(EmbeddedServer):
    """The storage server of `embedded.storage_server`; its bearer token changes with every start."""

    name = "gcs"
    title = "GCS server"

    def __init__(
        self,
        data_dir: DataDirectory,
        *,
        bucket: str,
        durable: bool = True,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__(data_dir)
        self.data = data_dir.directory / "storage"
        self.key_file = data_dir.directory / "gcs-service-account.json"
        self.token = secrets.token_urlsafe(32)
        self._configuration = data_dir.directory / "gcs.json"
        self._legacy_data = data_dir.directory / "gcs"
        self._bucket = bucket
        self._durable = durable
        self._report = report

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        return {
            "STORAGE_EMULATOR_HOST": self.url,
            "STORAGE_EMULATOR_TOKEN": self.token,
            "GCS_SERVICE_ACCOUNT_FILE": str(self.key_file),
            "GCS_BUCKET_NAME": self._bucket,
        }

    def prepare(self) -> None:
        if not _is_key(self.key_file):
            write_private(self.key_file, json.dumps(make_service_account_key(), indent=2) + "\n")
        shutil.rmtree(self._legacy_data.with_suffix(".tmp"), ignore_errors=True)  # unfinished uploads
        if self._legacy_data.is_dir():
            store = Store(self.data, durable=self._durable)
            try:
                import_legacy_objects(self._legacy_data, store, self._report)
            finally:
                store.close()

    def launch(self) -> LaunchSpec:
        options = {
            "port": self.port,
            "data": str(self.data),
            "durable": self._durable,
            "key_file": str(self.key_file),
            "token": self.token,
        }
        write_private(self._configuration, json.dumps(options) + "\n")
        argv = [sys.executable, "-m", "embedded.storage_server", str(self._configuration)]
        environment = server_environment(PYTHONPATH=str(BACKEND_DIR))
        if owner := other_owner(self.data_dir.directory):
            for path in filter(Path.exists, (self.data, self.key_file, self._configuration)):
                owner.chown_tree(path)
            return LaunchSpec(argv, environment, owner.account)
        return LaunchSpec(argv, environment)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=1) as response:  # noqa: S310 - the loopback server
                return bool(response.status == HTTPStatus.OK)
        except OSError:
            return False

    def after_start(self) -> None:
        create_bucket(self.url, self.token, self._bucket)
        for problem in self._problems():
            self._report(problem)

    def _problems(self) -> list[str]:
        """Return the damage that the server found at its start, such as the names of lost objects."""
        lines = self._process.log_tail(MAX_PROBLEMS + 1).splitlines() if self._process else []
        found = [line.partition(_ERROR)[2] for line in lines if _ERROR in line]
        if len(found) > MAX_PROBLEMS:
            found[0] = f"earlier problems are in {self.log}"
        return [f"{self.title}: {problem}" for problem in found]


def create_bucket(url: str, token: str, bucket: str) -> None:
    """Create `bucket` on the server at `url`; an existing bucket is left unchanged.

    Raises:
        ServerFailedError: the server rejects the request, for example for an invalid name, or is unreachable.
    """
    request = urllib.request.Request(  # noqa: S310 - the loopback server
        f"{url}/storage/v1/b?project={PROJECT}",
        data=json.dumps({"name": bucket}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
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
