"""Fixtures for the embedded storage server: its address, token and key, and Google's client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.cloud import storage
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fixtures.servers import SharedStack


@pytest.fixture
def url(stack: SharedStack) -> str:
    return stack.environment()["STORAGE_EMULATOR_HOST"]


@pytest.fixture
def headers(stack: SharedStack) -> dict[str, str]:
    return {"Authorization": f"Bearer {stack.environment()['STORAGE_EMULATOR_TOKEN']}"}


@pytest.fixture
def signing_key(stack: SharedStack) -> Any:
    return service_account.Credentials.from_service_account_file(
        stack.environment()["GCS_SERVICE_ACCOUNT_FILE"]
    )


@pytest.fixture
def upload_path(bucket: str) -> str:
    return f"/upload/storage/v1/b/{bucket}/o"


@pytest.fixture
def objects(stack: SharedStack, bucket: str, url: str) -> Iterator[storage.Bucket]:
    """Return an empty bucket of Google's client."""
    token = Credentials(stack.environment()["STORAGE_EMULATOR_TOKEN"])
    client = storage.Client(project="test", credentials=token, client_options={"api_endpoint": url})
    yield client.bucket(bucket)
    client.close()
