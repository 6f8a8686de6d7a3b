"""Uploads under faults of network, service and local file."""

import asyncio
import time
from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.exceptions import (
    BucketNotFoundError,
    CancelledByUserError,
    ObjectChangedError,
    StorageCredentialsError,
    StoragePermissionError,
    StorageUnavailableError,
    UploadCorruptedError,
    UploadStalledError,
    VideoMomentsError,
)
from app.services.storage.checksums import digest_file
from app.services.storage.gcs_uploader import GCSUploader
from tests.services.storage.support import fault_proxy as fault
from tests.services.storage.support.fault_proxy import FaultProxy, Request
from tests.services.storage.support.files import BIG, MIB, SMALL, write_random

pytestmark = pytest.mark.slow

NAME = "videos/talk/talk.mp4"


def uploads(request: Request) -> bool:
    return request.uploads


def starts(request: Request) -> bool:
    return request.starts_upload


def chunks(request: Request) -> bool:
    return request.sends_chunk


def finishes(request: Request) -> bool:
    return request.final_chunk


async def assert_holds(uploader: GCSUploader, path: Path, name: str = NAME) -> None:
    stored = await uploader.describe_object(name)
    assert stored is not None
    assert stored.matches(digest_file(path))


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("size", ["small", "big"])
async def test_transient_statuses_are_retried(
    uploader: GCSUploader, proxy: FaultProxy, request: pytest.FixtureRequest, size: str, code: int
) -> None:
    path: Path = request.getfixturevalue(size)
    proxy.when(uploads, fault.status(code), times=2)
    assert (await uploader.store(path, NAME)).sent
    await assert_holds(uploader, path)


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        (401, StorageCredentialsError, "credentials"),
        (403, StoragePermissionError, "access denied by test"),
    ],
)
async def test_denied_access_is_not_retried(
    uploader: GCSUploader,
    proxy: FaultProxy,
    small: Path,
    code: int,
    error: type[VideoMomentsError],
    message: str,
) -> None:
    proxy.when(uploads, fault.status(code, "access denied by test"), times=99)
    with pytest.raises(error, match=message) as raised:
        await uploader.store(small, NAME)
    assert raised.value.remedy
    assert len(proxy.uploads()) <= 3  # the transport renews the token and repeats a 401 only


async def test_connection_reset_resumes_the_upload(
    uploader: GCSUploader, proxy: FaultProxy, big: Path
) -> None:
    proxy.when(
        lambda request: "bytes 8388608-" in request.headers.get("content-range", ""),
        fault.reset_after(5 * MIB),
    )
    await uploader.store(big, NAME)
    await assert_holds(uploader, big)
    assert proxy.upload_bytes < 1.5 * BIG


async def test_reset_before_the_first_byte_is_retried(
    uploader: GCSUploader, proxy: FaultProxy, small: Path
) -> None:
    proxy.when(uploads, fault.reset_after(0), times=2)
    await uploader.store(small, NAME)
    await assert_holds(uploader, small)


@pytest.mark.parametrize(
    "loss", [fault.lose_response, fault.lose_response_then_reject, fault.truncate_response]
)
@pytest.mark.parametrize("size", ["small", "big"])
async def test_response_lost_after_commit_is_a_success(
    uploader: GCSUploader, proxy: FaultProxy, request: pytest.FixtureRequest, size: str, loss: fault.Action
) -> None:
    path: Path = request.getfixturevalue(size)
    proxy.when(starts if size == "small" else finishes, loss)
    await uploader.store(path, NAME)
    await assert_holds(uploader, path)


@pytest.mark.parametrize("code", [404, 410])
async def test_lost_session_is_restarted(
    uploader: GCSUploader, proxy: FaultProxy, big: Path, code: int
) -> None:
    proxy.when(
        lambda request: "bytes 8388608-" in request.headers.get("content-range", ""), fault.status(code)
    )
    await uploader.store(big, NAME)
    await assert_holds(uploader, big)
    assert len([request for request in proxy.seen if request.starts_upload]) == 2


async def test_repeatedly_lost_sessions_fail(uploader: GCSUploader, proxy: FaultProxy, big: Path) -> None:
    proxy.when(chunks, fault.status(410), times=99)
    with pytest.raises(Exception, match="410"):
        await uploader.store(big, NAME)
    assert len([request for request in proxy.seen if request.starts_upload]) == 2


@pytest.mark.parametrize("size", ["small", "big"])
async def test_corrupted_upload_is_sent_again(
    uploader: GCSUploader, proxy: FaultProxy, request: pytest.FixtureRequest, size: str
) -> None:
    path: Path = request.getfixturevalue(size)
    proxy.when(starts if size == "small" else finishes, fault.corrupt)
    await uploader.store(path, NAME)
    await assert_holds(uploader, path)


async def test_repeated_corruption_fails(uploader: GCSUploader, proxy: FaultProxy, small: Path) -> None:
    proxy.when(starts, fault.corrupt, times=99)
    with pytest.raises(UploadCorruptedError):
        await uploader.store(small, NAME)


async def test_unreachable_server_fails_in_bounded_time(
    short_timeout_settings: Settings, small: Path, unused_tcp_port: int
) -> None:
    gone = GCSUploader(
        short_timeout_settings.model_copy(
            update={"storage_emulator_host": f"http://127.0.0.1:{unused_tcp_port}"}
        )
    )
    async with asyncio.timeout(30):
        with pytest.raises(StorageUnavailableError) as raised:
            await gone.store(small, NAME)
    assert "refused" in raised.value.cause
    await gone.close()


async def test_server_lost_during_upload_fails(uploader: GCSUploader, proxy: FaultProxy, big: Path) -> None:
    proxy.when(chunks, fault.reset_after(MIB), times=999)
    async with asyncio.timeout(30):
        with pytest.raises(StorageUnavailableError):
            await uploader.store(big, NAME)
    assert await uploader.describe_object(NAME) is None


async def test_missing_response_is_a_stall(
    short_timeout_settings: Settings, proxy: FaultProxy, small: Path
) -> None:
    strict_uploader = GCSUploader(
        short_timeout_settings.model_copy(update={"gcs_stall_timeout_seconds": 0.5})
    )
    proxy.when(starts, fault.hang)
    with pytest.raises(UploadStalledError):
        await strict_uploader.store(small, NAME)
    await strict_uploader.close()


async def test_slow_connection_completes(
    short_timeout_settings: Settings, proxy: FaultProxy, small: Path
) -> None:
    """The file takes longer than the stall timeout, but no block does."""
    slow_uploader = GCSUploader(short_timeout_settings.model_copy(update={"gcs_stall_timeout_seconds": 3.0}))
    path = write_random(small.with_name("slow.mp4"), 8 * MIB)
    rule = proxy.when(starts, fault.slowly(2 * MIB))
    started = time.monotonic()
    await slow_uploader.store(path, NAME)
    assert time.monotonic() - started > 3.0  # otherwise the connection was not slow enough
    assert rule.fired == 1
    await assert_holds(slow_uploader, path)
    await slow_uploader.close()


async def test_upload_time_is_limited(short_timeout_settings: Settings, proxy: FaultProxy, big: Path) -> None:
    strict_uploader = GCSUploader(
        short_timeout_settings.model_copy(update={"gcs_upload_timeout_seconds": 1.0})
    )
    proxy.when(chunks, fault.slowly(2 * MIB), times=99)
    with pytest.raises(UploadStalledError, match="not complete after 1 s"):
        await strict_uploader.store(big, NAME)
    await strict_uploader.close()


async def test_equal_object_is_not_sent_again(uploader: GCSUploader, proxy: FaultProxy, big: Path) -> None:
    await uploader.store(big, NAME)
    before = len(proxy.uploads())
    assert not (await uploader.store(big, NAME)).sent
    assert len(proxy.uploads()) == before


async def test_crc32c_is_compared_without_md5(uploader: GCSUploader, proxy: FaultProxy, small: Path) -> None:
    await uploader.store(small, NAME)
    before = len(proxy.uploads())
    proxy.when(lambda request: request.method == "GET", fault.without_md5)
    assert not (await uploader.store(small, NAME)).sent
    assert len(proxy.uploads()) == before

    other = write_random(small.with_name("other.mp4"), SMALL)
    proxy.when(lambda request: request.method == "GET", fault.without_md5)
    assert (await uploader.store(other, NAME)).sent


async def test_object_is_replaced_with_a_precondition(
    uploader: GCSUploader, proxy: FaultProxy, small: Path, big: Path
) -> None:
    await uploader.store(small, NAME)
    existing = await uploader.describe_object(NAME)
    assert existing is not None
    assert (await uploader.store(big, NAME)).sent
    last = [request for request in proxy.seen if request.starts_upload][-1]
    assert f"ifGenerationMatch={existing.generation}" in last.path
    await assert_holds(uploader, big)


async def test_concurrent_object_is_not_overwritten(
    uploader: GCSUploader, proxy: FaultProxy, settings: Settings, small: Path, tmp_path: Path
) -> None:
    """Another writer stores the object between our look-up and our upload."""
    theirs = write_random(tmp_path / "theirs.mp4", 1000)
    direct = GCSUploader(settings)
    loop = asyncio.get_running_loop()

    def store_first(handler: fault._Handler, request: Request) -> None:
        asyncio.run_coroutine_threadsafe(direct.store(theirs, NAME), loop).result(30)
        fault.forward(handler, request)

    proxy.when(starts, store_first)
    with pytest.raises(ObjectChangedError):
        await uploader.store(small, NAME)
    await assert_holds(direct, theirs)
    await direct.close()


async def test_concurrent_uploads_store_one_object(uploader: GCSUploader, small: Path) -> None:
    first, second = await asyncio.gather(uploader.store(small, NAME), uploader.store(small, NAME))
    assert first.object.generation == second.object.generation or first.object.matches(digest_file(small))
    await assert_holds(uploader, small)


async def test_missing_bucket_is_reported(short_timeout_settings: Settings, small: Path, big: Path) -> None:
    lost = GCSUploader(short_timeout_settings.model_copy(update={"gcs_bucket_name": "no-such-bucket"}))
    with pytest.raises(BucketNotFoundError, match="no-such-bucket"):
        await lost.check_access()
    for path in (small, big):
        with pytest.raises(BucketNotFoundError, match="no-such-bucket"):
            await lost.store(path, NAME)
    await lost.close()


async def test_stop_ends_running_and_queued_transfers(
    short_timeout_settings: Settings, proxy: FaultProxy, tmp_path: Path
) -> None:
    narrow = GCSUploader(short_timeout_settings.model_copy(update={"gcs_upload_threads": 1}))
    proxy.when(uploads, fault.slowly(MIB), times=99)
    paths = [write_random(tmp_path / f"{number}.mp4", 8 * MIB) for number in range(3)]
    tasks = [asyncio.create_task(narrow.store(path, f"videos/{path.stem}/{path.name}")) for path in paths]
    await asyncio.sleep(0.5)
    narrow.stop()
    results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
    assert [type(result) for result in results] == [CancelledByUserError] * 3
    await narrow.close()


async def test_cancelled_task_stops_its_thread(uploader: GCSUploader, proxy: FaultProxy, big: Path) -> None:
    proxy.when(chunks, fault.slowly(2 * MIB), times=99)
    task = asyncio.create_task(uploader.store(big, NAME))
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)
    sent = proxy.upload_bytes
    await asyncio.sleep(1)
    assert proxy.upload_bytes - sent < 2 * MIB
    assert await uploader.describe_object(NAME) is None


async def test_progress_grows_to_the_file_size(uploader: GCSUploader, proxy: FaultProxy, big: Path) -> None:
    proxy.when(
        lambda request: "bytes 8388608-" in request.headers.get("content-range", ""), fault.reset_after(MIB)
    )
    reported: list[tuple[int, int]] = []
    await uploader.store(big, NAME, lambda sent, total: reported.append((sent, total)))
    await asyncio.sleep(0)
    positions = [sent for sent, _ in reported]
    assert positions == sorted(set(positions))
    assert reported[-1] == (BIG, BIG)
    assert len(reported) > 50


async def test_resumable_uploads_are_limited(
    short_timeout_settings: Settings, proxy: FaultProxy, tmp_path: Path
) -> None:
    limited = GCSUploader(
        short_timeout_settings.model_copy(
            update={"gcs_resumable_uploads": 1, "gcs_upload_timeout_seconds": 6.0}
        )
    )
    proxy.when(chunks, fault.slowly(12 * MIB), times=99)
    paths = [write_random(tmp_path / f"{number}.mp4", 16 * MIB + 1) for number in range(3)]
    order: list[str] = []

    async def store(path: Path) -> None:
        await limited.store(path, f"videos/{path.stem}/{path.name}")
        order.append(path.stem)

    # Three uploads take longer than the limit for one file: queueing does not count.
    sending = [asyncio.create_task(store(path)) for path in paths]
    await asyncio.sleep(0.3)
    await store(write_random(tmp_path / "small.mp4", SMALL))
    await asyncio.gather(*sending)
    assert order[0] == "small"
    spans = [
        request.path
        for request in proxy.seen
        if request.starts_upload and "uploadType=resumable" in request.path
    ]
    assert len(spans) == 3
    await limited.close()
