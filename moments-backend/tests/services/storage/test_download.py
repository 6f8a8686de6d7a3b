"""Downloads from a real server over unreliable connections."""

import asyncio
from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.exceptions import (
    CancelledByUserError,
    DiskFullError,
    DownloadCorruptedError,
    ObjectChangedError,
    ObjectNotFoundError,
    StorageError,
    StorageUnavailableError,
)
from app.core.files import disk_space
from app.services.storage.gcs_uploader import GCSUploader
from tests.services.storage.support.fault_proxy import (
    Action,
    FaultProxy,
    Request,
    _Handler,
    status,
    without_md5,
)
from tests.services.storage.support.files import BIG, MIB

pytestmark = pytest.mark.slow

NAME = "videos/talk/talk.mp4"


def fetches(request: Request) -> bool:
    return request.method == "GET" and "alt=media" in request.path


def describes(request: Request) -> bool:
    return request.method == "GET" and "alt=media" not in request.path


def cut_after(size: int) -> Action:
    def act(handler: _Handler, _: Request) -> None:
        response, content = handler.pass_on(handler.body())
        handler.answer(response, content, cut_to=size)

    return act


def corrupt(handler: _Handler, _: Request) -> None:
    response, content = handler.pass_on(handler.body())
    handler.answer(response, content[:1000] + bytes([content[1000] ^ 1]) + content[1001:])


def silent_after(size: int) -> Action:
    def act(handler: _Handler, _: Request) -> None:
        response, content = handler.pass_on(handler.body())
        handler.send_response_only(response.status)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:size])
        handler.connection.settimeout(60)
        handler.rfile.read(1)

    return act


@pytest.fixture
async def stored(uploader: GCSUploader, big: Path, proxy: FaultProxy) -> bytes:
    await uploader.store(big, NAME)
    proxy.seen.clear()
    return big.read_bytes()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "work" / "talk.mp4"


def files_in(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()] if folder.exists() else []


async def test_object_is_downloaded_with_progress(uploader: GCSUploader, stored: bytes, target: Path) -> None:
    reported: list[tuple[int, int]] = []
    described = await uploader.download(NAME, target, lambda done, total: reported.append((done, total)))
    await asyncio.sleep(0)
    assert target.read_bytes() == stored
    assert described.size == BIG
    assert reported[-1] == (BIG, BIG)
    assert reported == sorted(set(reported))
    assert len(reported) > 10
    assert files_in(target.parent) == ["talk.mp4"]


async def test_lost_connections_are_resumed(
    uploader: GCSUploader, stored: bytes, target: Path, proxy: FaultProxy
) -> None:
    proxy.when(fetches, cut_after(3 * MIB), times=5)  # more than the retries without progress
    await uploader.download(NAME, target)
    assert target.read_bytes() == stored
    asked = [request.headers.get("range") for request in proxy.seen if fetches(request)]
    assert len(asked) == 6
    assert asked[0] is None
    assert all(wanted and not wanted.startswith("bytes=0-") for wanted in asked[1:])


async def test_transient_statuses_are_retried(
    uploader: GCSUploader, stored: bytes, target: Path, proxy: FaultProxy
) -> None:
    proxy.when(fetches, status(503), times=2)
    await uploader.download(NAME, target)
    assert target.read_bytes() == stored


@pytest.mark.parametrize(
    ("action", "times", "kind"),
    [
        (status(503), 9, StorageUnavailableError),
        (cut_after(0), 9, StorageUnavailableError),
        (status(403), 1, StorageError),
        (status(412), 1, ObjectChangedError),
        (status(404), 1, ObjectNotFoundError),
        (corrupt, 1, DownloadCorruptedError),
    ],
)
async def test_failed_download_leaves_no_file(
    uploader: GCSUploader,
    stored: bytes,
    target: Path,
    proxy: FaultProxy,
    action: Action,
    times: int,
    kind: type[StorageError],
) -> None:
    proxy.when(fetches, action, times)
    with pytest.raises(kind):
        await uploader.download(NAME, target)
    assert files_in(target.parent) == []


async def test_crc32c_is_compared_without_md5(
    uploader: GCSUploader, stored: bytes, target: Path, proxy: FaultProxy
) -> None:
    proxy.when(describes, without_md5)
    await uploader.download(NAME, target)
    assert target.read_bytes() == stored
    proxy.when(describes, without_md5)
    proxy.when(fetches, corrupt)
    with pytest.raises(DownloadCorruptedError):
        await uploader.download(NAME, target)
    assert target.read_bytes() == stored  # unchanged


async def test_only_the_required_generation_is_fetched(
    uploader: GCSUploader, stored: bytes, target: Path
) -> None:
    with pytest.raises(ObjectChangedError):
        await uploader.download(NAME, target, generation=1)
    assert files_in(target.parent) == []


async def test_missing_object_is_reported(uploader: GCSUploader, target: Path) -> None:
    with pytest.raises(ObjectNotFoundError, match="does not exist"):
        await uploader.download("videos/none/none.mp4", target)


async def test_full_disk_is_detected_before_the_request(
    uploader: GCSUploader, stored: bytes, target: Path, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_space, "RESERVED_BYTES", 10**18)
    with pytest.raises(DiskFullError):
        await uploader.download(NAME, target)
    assert not any(fetches(request) for request in proxy.seen)
    assert files_in(target.parent) == []


async def test_cancellation_ends_a_blocked_read(
    short_timeout_settings: Settings, uploader: GCSUploader, stored: bytes, target: Path, proxy: FaultProxy
) -> None:
    slow_uploader = GCSUploader(
        short_timeout_settings.model_copy(update={"gcs_stall_timeout_seconds": 600.0})
    )
    proxy.when(fetches, silent_after(4 * MIB))
    reported = asyncio.Event()
    task = asyncio.create_task(slow_uploader.download(NAME, target, lambda *_: reported.set()))
    await reported.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10):
            await task
    assert files_in(target.parent) == []
    async with asyncio.timeout(10):
        await slow_uploader.close()  # waits for the thread


async def test_close_ends_a_blocked_read(
    short_timeout_settings: Settings, stored: bytes, target: Path, proxy: FaultProxy
) -> None:
    slow_uploader = GCSUploader(
        short_timeout_settings.model_copy(update={"gcs_stall_timeout_seconds": 600.0})
    )
    proxy.when(fetches, silent_after(4 * MIB))
    reported = asyncio.Event()
    task = asyncio.create_task(slow_uploader.download(NAME, target, lambda *_: reported.set()))
    await reported.wait()
    async with asyncio.timeout(10):
        await slow_uploader.close()
        with pytest.raises(CancelledByUserError):
            await task
    assert files_in(target.parent) == []


async def test_cancellation_before_the_response_returns(
    short_timeout_settings: Settings, stored: bytes, target: Path, proxy: FaultProxy
) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def never_respond(handler: _Handler, _: Request) -> None:
        loop.call_soon_threadsafe(asked.set)
        handler.connection.settimeout(4)
        handler.rfile.read(1)

    uploader = GCSUploader(short_timeout_settings)
    proxy.when(fetches, never_respond)
    task = asyncio.create_task(uploader.download(NAME, target))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await uploader.close()
    assert files_in(target.parent) == []
