"""Google's retry conformance scenarios: its client recovers from faults between it and the storage server.

https://github.com/googleapis/conformance-tests/blob/main/storage/v1/retry_strategy_test_data.json
"""

from __future__ import annotations

import gc
import os
from contextlib import closing
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from google.api_core.exceptions import GoogleAPICallError, PreconditionFailed, ServiceUnavailable
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY, DEFAULT_RETRY_IF_GENERATION_SPECIFIED
from google.oauth2.credentials import Credentials

from tests.embedded.support.storage_client import upload_in_chunks
from tests.services.storage.support import fault_proxy as faults
from tests.services.storage.support.fault_proxy import FaultProxy, Request, fault_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fixtures.servers import SharedStack

    Operation = Callable[[storage.Bucket], object]

# The client leaves the connection of a failed download to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

CHUNK = 256 * 1024
RETRY = DEFAULT_RETRY.with_delay(initial=0.01, maximum=0.05)
CONTENT = os.urandom(3 * CHUNK + 500)


@pytest.fixture(autouse=True, scope="module")
def _collected() -> Iterator[None]:
    """Collect these connections here: Python would report them in a later test of another module."""
    yield
    gc.collect()


@pytest.fixture
def proxy(url: str) -> Iterator[FaultProxy]:
    with fault_proxy(url) as proxy:
        yield proxy


@pytest.fixture
def behind(proxy: FaultProxy, stack: SharedStack, bucket: str) -> Iterator[storage.Bucket]:
    """Return the bucket as the client sees it through the proxy."""
    token = Credentials(stack.environment()["STORAGE_EMULATOR_TOKEN"])
    client = storage.Client(project="test", credentials=token, client_options={"api_endpoint": proxy.url})
    yield client.bucket(bucket)
    client.close()


def is_any(_: Request) -> bool:
    return True


def write(bucket: storage.Bucket, *, is_large: bool, generation: int | None = 0) -> storage.Blob:
    blob = bucket.blob("a", chunk_size=CHUNK if is_large else None)
    if is_large:
        upload_in_chunks(blob, CONTENT, if_generation_match=generation, retry=RETRY)
    else:
        blob.upload_from_string(CONTENT[:1000], if_generation_match=generation, retry=RETRY)
    return blob


IDEMPOTENT: dict[str, Operation] = {
    "buckets.get": lambda bucket: bucket.reload(retry=RETRY),
    "buckets.list": lambda bucket: list(bucket.client.list_buckets(retry=RETRY)),
    "objects.list": lambda bucket: list(bucket.list_blobs(retry=RETRY)),
    "objects.get": lambda bucket: bucket.get_blob("source", retry=RETRY),
    "objects.download": lambda bucket: bucket.blob("source").download_as_bytes(retry=RETRY),
    "objects.insert": lambda bucket: write(bucket, is_large=False),
    "objects.insert resumable": lambda bucket: write(bucket, is_large=True),
    "objects.copy": lambda bucket: bucket.copy_blob(
        bucket.blob("source"), bucket, "copy", if_generation_match=0, retry=RETRY
    ),
    "objects.rewrite": lambda bucket: bucket.blob("copy").rewrite(
        bucket.blob("source"), if_generation_match=0, retry=RETRY
    ),
    "objects.compose": lambda bucket: bucket.blob("composed").compose(
        [bucket.blob("source")], if_generation_match=0, retry=RETRY
    ),
    "objects.patch": lambda bucket: bucket.get_blob("source").patch(if_metageneration_match=1, retry=RETRY),
    "objects.delete": lambda bucket: bucket.get_blob("source").delete(retry=RETRY),
}


@pytest.mark.parametrize("fault", ["return-503", "return-408", "return-reset-connection"])
@pytest.mark.parametrize("operation", IDEMPOTENT)
def test_idempotent_operation_is_retried(
    behind: storage.Bucket, proxy: FaultProxy, objects: storage.Bucket, operation: str, fault: str
) -> None:
    objects.blob("source").upload_from_string(b"source")
    action = faults.reset_after(10) if "reset" in fault else faults.status(int(fault[-3:]))
    rule = proxy.when(is_any, action, times=2)
    IDEMPOTENT[operation](behind)
    assert rule.fired == 2


def test_write_without_precondition_is_not_retried(behind: storage.Bucket, proxy: FaultProxy) -> None:
    rule = proxy.when(lambda request: request.method == "POST", faults.status(503))
    with pytest.raises(ServiceUnavailable):
        behind.copy_blob(behind.blob("a"), behind, "b", retry=DEFAULT_RETRY_IF_GENERATION_SPECIFIED)
    assert rule.fired == 1


@pytest.mark.parametrize("fault", ["503", "reset", "lost response"])
def test_failed_chunk_is_sent_again(
    behind: storage.Bucket, proxy: FaultProxy, objects: storage.Bucket, fault: str
) -> None:
    action = {
        "503": faults.status(503),
        "reset": faults.reset_after(CHUNK // 2),
        "lost response": faults.lose_response,
    }[fault]
    rule = proxy.when(lambda request: request.sends_chunk and not request.final_chunk, action, times=2)
    write(behind, is_large=True)
    assert rule.fired == 2
    assert objects.blob("a").download_as_bytes(checksum="md5") == CONTENT


def test_chunk_cut_in_the_middle_continues(
    behind: storage.Bucket, proxy: FaultProxy, objects: storage.Bucket
) -> None:
    """The server keeps what it received, so the client continues there."""

    def cut_upstream(handler: Any, request: Request) -> None:
        body = handler.body()
        with closing(HTTPConnection(urlsplit(proxy.upstream).netloc)) as upstream:
            upstream.putrequest("PUT", request.path)
            for name in ("authorization", "content-range", "content-length"):
                upstream.putheader(name, request.headers[name])
            upstream.endheaders(body[: len(body) // 2])
        handler.cut()

    rule = proxy.when(lambda request: request.sends_chunk, cut_upstream)
    write(behind, is_large=True)
    assert rule.fired == 1
    assert objects.blob("a").download_as_bytes(checksum="md5") == CONTENT


def test_lost_final_response_of_a_session(
    behind: storage.Bucket, proxy: FaultProxy, objects: storage.Bucket
) -> None:
    rule = proxy.when(lambda request: request.final_chunk, faults.lose_response)
    blob = write(behind, is_large=True)
    assert rule.fired == 1
    found = objects.get_blob("a")
    assert (blob.generation, found.size) == (found.generation, len(CONTENT))


def test_lost_response_of_a_small_upload_is_412(
    behind: storage.Bucket, proxy: FaultProxy, objects: storage.Bucket
) -> None:
    proxy.when(lambda request: request.starts_upload, faults.lose_response)
    with pytest.raises(PreconditionFailed):
        write(behind, is_large=False)
    assert objects.blob("a").download_as_bytes() == CONTENT[:1000]


def test_broken_download_continues(
    behind: storage.Bucket, proxy: FaultProxy, objects: storage.Bucket
) -> None:
    objects.blob("a").upload_from_string(CONTENT)

    def broken(handler: Any, _: Request) -> None:
        response, content = handler.pass_on(b"")
        handler.answer(response, content, cut_to=len(content) // 3)

    rule = proxy.when(lambda request: "alt=media" in request.path, broken)
    assert behind.blob("a").download_as_bytes(retry=RETRY, checksum="md5") == CONTENT
    assert rule.fired == 1


def test_corrupted_upload_is_rejected(
    behind: storage.Bucket, proxy: FaultProxy, objects: storage.Bucket
) -> None:
    proxy.when(lambda request: request.final_chunk, faults.corrupt)
    with pytest.raises(GoogleAPICallError, match="doesn't match"):
        write(behind, is_large=True)
    assert objects.get_blob("a") is None
