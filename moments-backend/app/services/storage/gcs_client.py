"""Connection to Cloud Storage: credentials, client, connection pool."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import google.auth
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession
from google.cloud import storage
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials as BearerToken

from app.core.config import Settings
from app.core.exceptions import StorageCredentialsError
from app.services.storage.chunked_transport import ChunkedAdapter
from app.services.storage.errors import CREDENTIALS_REMEDY, mapped_errors

STORAGE_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
PLATFORM_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""Required by the IAM service, which signs links on machines without a private key."""

_KEY_FIELDS = frozenset({"client_email", "private_key", "token_uri"})

EMULATOR_PROJECT = "videomoments"


@dataclass(frozen=True, slots=True)
class Connection:
    """A client for one bucket, and the credentials that sign links.

    With an emulator the client sends a fixed bearer token or none: given the key, it would request tokens
    from the key's `token_uri`.
    """

    bucket: storage.Bucket
    load_signing_credentials: Callable[[], Any | None]
    endpoint: str | None


def connect(settings: Settings, *, connections: int) -> Connection:
    """Build the client; the only request goes to the machine's metadata server, for credentials.

    Args:
        connections: number of threads that use the client at once.

    Raises:
        StorageCredentialsError: no credentials, or a missing or invalid key file.
    """
    credentials, project, load_signing_credentials = _credentials(settings)
    session = AuthorizedSession(credentials)
    for scheme in ("https://", "http://"):
        session.mount(scheme, ChunkedAdapter(connections))
    endpoint = settings.storage_emulator_host
    with mapped_errors(bucket=settings.gcs_bucket_name, subject="the credentials of this machine"):
        client = storage.Client(
            project=project,
            credentials=credentials,
            _http=session,
            client_options={"api_endpoint": endpoint} if endpoint else None,
        )
    # For traces, the client would request the bucket's metadata in a thread of its own. We record no traces,
    # and accounts with least rights may not read it.
    client._bucket_metadata_cache = None  # noqa: SLF001 - the public switch is an environment variable
    return Connection(client.bucket(settings.gcs_bucket_name), load_signing_credentials, endpoint)


def _credentials(settings: Settings) -> tuple[Any, str | None, Callable[[], Any | None]]:
    """Return the credentials of requests, the project, and a function that loads those of links."""
    if settings.storage_emulator_host:
        _check_key_file(settings)
        token = settings.storage_emulator_token
        credentials = BearerToken(token.get_secret_value()) if token else AnonymousCredentials()
        # Loading a private key takes a tenth of a second, which programs that sign no links need not spend.
        return credentials, EMULATOR_PROJECT, partial(_service_account, settings)
    key = _service_account(settings)
    credentials, project = (key, key.project_id) if key else _application_default()
    return credentials, project, lambda: credentials


def _service_account(settings: Settings) -> Any | None:
    path = settings.gcs_service_account_file
    if path is None:
        return None
    try:
        return service_account.Credentials.from_service_account_file(path, scopes=[STORAGE_SCOPE])
    except (OSError, ValueError) as error:
        raise StorageCredentialsError(
            f"cannot use the service account file {path}: {error}", remedy=CREDENTIALS_REMEDY
        ) from error


def _check_key_file(settings: Settings) -> None:
    """Report an unusable key file at the first connection, not at the first link.

    Raises:
        StorageCredentialsError: the file is missing or not a service account's key.
    """
    path = settings.gcs_service_account_file
    if path is None:
        return
    try:
        key = json.loads(path.read_bytes())
        cause = None if isinstance(key, dict) and key.keys() >= _KEY_FIELDS else "not a service account's key"
    except (OSError, ValueError) as error:
        cause = str(error)
    if cause is not None:
        raise StorageCredentialsError(
            f"cannot use the service account file {path}: {cause}", remedy=CREDENTIALS_REMEDY
        )


def _application_default() -> tuple[Any, str | None]:
    with mapped_errors(bucket="", subject="the credentials of this machine"):
        credentials, project = google.auth.default(scopes=[PLATFORM_SCOPE])
    return credentials, project
