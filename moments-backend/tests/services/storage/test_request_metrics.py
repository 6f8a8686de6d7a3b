"""Metrics of the requests to Cloud Storage."""

from pathlib import Path

import pytest

from app.core.metrics import SHARED_REGISTRY
from app.services.storage.gcs_uploader import GCSUploader
from app.services.storage.request_metrics import operation_of
from tests.services.storage.support.fault_proxy import FaultProxy, Request, reset_after, status
from tests.services.storage.support.files import SMALL


def sample(name: str, **labels: str) -> float:
    return SHARED_REGISTRY.get_sample_value(f"videomoments_storage_{name}", labels) or 0.0


def requests(operation: str, outcome: str = "ok") -> float:
    return sample("requests_total", operation=operation, outcome=outcome)


async def test_transfers_are_counted_with_their_bytes(
    uploader: GCSUploader, small: Path, tmp_path: Path
) -> None:
    before = [
        requests("upload"),
        requests("download"),
        sample("sent_bytes_total", operation="upload"),
        sample("received_bytes_total", operation="download"),
        sample("request_duration_seconds_count", operation="upload"),
    ]
    await uploader.store(small, "videos/a/a.mp4")
    await uploader.download("videos/a/a.mp4", tmp_path / "copy.mp4")
    after = [
        requests("upload"),
        requests("download"),
        sample("sent_bytes_total", operation="upload"),
        sample("received_bytes_total", operation="download"),
        sample("request_duration_seconds_count", operation="upload"),
    ]
    grown = [new - old for new, old in zip(after, before, strict=True)]
    assert grown[:2] == [1, 1]
    assert SMALL < grown[2] < SMALL + 2000  # with the metadata
    assert grown[3:] == [SMALL, 1]


async def test_large_files_are_counted_by_chunk(uploader: GCSUploader, big: Path) -> None:
    before = requests("upload_start"), requests("upload_chunk")
    await uploader.store(big, "videos/b/b.mp4")
    after = requests("upload_start"), requests("upload_chunk")
    assert (after[0] - before[0], after[1] - before[1]) == (1, 3)


async def test_outcomes_are_counted(uploader: GCSUploader) -> None:
    before = requests("describe", "not_found"), requests("list"), requests("delete", "not_found")
    assert await uploader.describe_object("none") is None
    assert await uploader.list_objects("") == []
    assert await uploader.delete_object("none") is False
    after = requests("describe", "not_found"), requests("list"), requests("delete", "not_found")
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1, 1]


def is_list(request: Request) -> bool:
    """Exclude the client's requests on the bucket, which it sends in the background."""
    return operation_of(request.method, request.path) == "list"


async def test_failed_attempts_are_counted(uploader: GCSUploader, proxy: FaultProxy) -> None:
    before = requests("list", "server_error"), requests("list", "connection_error"), requests("list")
    proxy.when(is_list, status(503))
    proxy.when(is_list, reset_after(0))
    await uploader.check_access()
    after = requests("list", "server_error"), requests("list", "connection_error"), requests("list")
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/upload/storage/v1/b/b/o?uploadType=multipart&ifGenerationMatch=0", "upload"),
        ("POST", "/upload/storage/v1/b/b/o?uploadType=resumable", "upload_start"),
        ("PUT", "/upload/storage/v1/b/b/o?uploadType=resumable&upload_id=x", "upload_chunk"),
        ("GET", "/download/storage/v1/b/b/o/a%2Fb?alt=media", "download"),
        ("GET", "/storage/v1/b/b/o/a%2Fb?projection=noAcl", "describe"),
        ("GET", "/storage/v1/b/b/o?prefix=a", "list"),
        ("POST", "/storage/v1/b/b/o/a/rewriteTo/b/b/o/c", "copy"),
        ("POST", "/batch/storage/v1", "other"),
        ("GET", "/anything", "other"),
    ],
)
def test_operation_of_a_request(method: str, path: str, operation: str) -> None:
    assert operation_of(method, path) == operation
