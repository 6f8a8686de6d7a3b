"""V4 signed URLs: time-limited links that need no credentials."""

import threading
from datetime import timedelta
from typing import Any

import google.auth.transport.requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt
from google.auth.credentials import Signing
from google.oauth2 import service_account

from app.core.exceptions import StorageCredentialsError
from app.core.files.content_disposition import attachment
from app.services.storage.errors import mapped_errors
from app.services.storage.gcs_client import Connection

IAM_MAX_LIFETIME = timedelta(hours=12)
"""Shortest time for which the IAM service keeps a signing key; links may fail after it.

https://cloud.google.com/iam/docs/service-account-creds#short-lived-credentials
"""

_EMULATOR_ACCOUNT = "emulator@videomoments.iam.gserviceaccount.com"


class Signer:
    """Signs links with a local private key, or through the IAM service if there is none.

    Cloud Run and Compute Engine have no private key; the IAM service signs for the service account's e-mail
    address and access token. For an emulator without a key file, a generated key signs.
    """

    def __init__(self, connection: Connection, lifetime: timedelta) -> None:
        self._connection = connection
        self._credentials = connection.load_signing_credentials() or _generated_credentials()
        self._has_key = isinstance(self._credentials, Signing)
        self._refreshing = threading.Lock()
        self.lifetime = lifetime if self._has_key else min(lifetime, IAM_MAX_LIFETIME)

    def sign(self, name: str, method: str = "GET", *, as_download: bool = False) -> str:
        """Return a link to the object `name` for one HTTP method; the object need not exist.

        Args:
            as_download: browsers save the response under the last part of the name.
        """
        bucket = self._connection.bucket
        with mapped_errors(bucket=bucket.name, subject=f"the signature for gs://{bucket.name}/{name}"):
            return str(
                bucket.blob(name).generate_signed_url(
                    version="v4",
                    expiration=self.lifetime,
                    method=method,
                    response_disposition=attachment(name.rpartition("/")[2]) if as_download else None,
                    api_access_endpoint=self._connection.endpoint or "https://storage.googleapis.com",
                    credentials=self._credentials,
                    **({} if self._has_key else self._iam_arguments()),
                )
            )

    def _iam_arguments(self) -> dict[str, str]:
        email = getattr(self._credentials, "service_account_email", None)
        if not email:
            raise StorageCredentialsError(
                "user credentials cannot sign links",
                remedy="set GCS_SERVICE_ACCOUNT_FILE, or impersonate a service account: "
                "gcloud auth application-default login --impersonate-service-account=…",
            )
        with self._refreshing:
            # Before the first refresh, the e-mail address of a metadata server's account is "default".
            if not self._credentials.valid:
                self._credentials.refresh(google.auth.transport.requests.Request())
        return {
            "service_account_email": self._credentials.service_account_email,
            "access_token": self._credentials.token,
        }


def _generated_credentials() -> Any:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return service_account.Credentials(
        signer=crypt.RSASigner.from_string(pem.decode("ascii")),
        service_account_email=_EMULATOR_ACCOUNT,
        token_uri="http://127.0.0.1/unused",  # noqa: S106 - a required argument; never requested
    )
