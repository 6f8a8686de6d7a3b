"""Downloads from a real server through lines that break."""

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


def left_in(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()] if folder.exists() else []


async def test_it_arrives_with_its_progress(uploader: GCSUploader, stored: bytes, target: Path) -> None:
    heard: list[tuple[int, int]] = []
    described = await uploader.download(NAME, target, lambda done, total: heard.append((done, total)))
    await asyncio.sleep(0)
    assert target.read_bytes() == stored
    assert described.size == BIG
    assert heard[-1] == (BIG, BIG)
    assert heard == sorted(set(heard))
    assert len(heard) > 10
    assert left_in(target.parent) == ["talk.mp4"]


async def test_after_cuts_it_goes_on(
    uploader: GCSUploader, stored: bytes, target: Path, proxy: FaultProxy
) -> None:
    proxy.when(fetches, cut_after(3 * MIB), times=5)  # more than are forgiven in a row
    await uploader.download(NAME, target)
    assert target.read_bytes() == stored
    asked = [request.headers.get("range") for request in proxy.seen if fetches(request)]
    assert len(asked) == 6
    assert asked[0] is None
    assert all(wanted and not wanted.startswith("bytes=0-") for wanted in asked[1:])


async def test_busy_servers_are_asked_again(
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
async def test_what_cannot_be_had_leaves_no_file(
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
    assert left_in(target.parent) == []


async def test_without_md5_the_crc32c_is_compared(
    uploader: GCSUploader, stored: bytes, target: Path, proxy: FaultProxy
) -> None:
    proxy.when(describes, without_md5)
    await uploader.download(NAME, target)
    assert target.read_bytes() == stored
    proxy.when(describes, without_md5)
    proxy.when(fetches, corrupt)
    with pytest.raises(DownloadCorruptedError):
        await uploader.download(NAME, target)
    assert target.read_bytes() == stored  # as it was


async def test_only_the_wanted_generation_is_fetched(
    uploader: GCSUploader, stored: bytes, target: Path
) -> None:
    with pytest.raises(ObjectChangedError):
        await uploader.download(NAME, target, generation=1)
    assert left_in(target.parent) == []


async def test_an_object_that_is_not_there(uploader: GCSUploader, target: Path) -> None:
    with pytest.raises(ObjectNotFoundError, match="does not exist"):
        await uploader.download("videos/none/none.mp4", target)


async def test_a_full_disk_is_seen_before_a_byte_is_asked_for(
    uploader: GCSUploader, stored: bytes, target: Path, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_space, "RESERVED_BYTES", 10**18)
    with pytest.raises(DiskFullError):
        await uploader.download(NAME, target)
    assert not any(fetches(request) for request in proxy.seen)
    assert left_in(target.parent) == []


async def test_a_cancelled_wait_for_bytes_ends_at_once(
    short_timeout_settings: Settings, uploader: GCSUploader, stored: bytes, target: Path, proxy: FaultProxy
) -> None:
    patient = GCSUploader(short_timeout_settings.model_copy(update={"gcs_stall_timeout_seconds": 600.0}))
    proxy.when(fetches, silent_after(4 * MIB))
    heard = asyncio.Event()
    task = asyncio.create_task(patient.download(NAME, target, lambda *_: heard.set()))
    await heard.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10):
            await task
    assert left_in(target.parent) == []
    async with asyncio.timeout(10):
        await patient.close()  # which waits for the thread


async def test_closing_ends_a_wait_for_bytes(
    short_timeout_settings: Settings, stored: bytes, target: Path, proxy: FaultProxy
) -> None:
    patient = GCSUploader(short_timeout_settings.model_copy(update={"gcs_stall_timeout_seconds": 600.0}))
    proxy.when(fetches, silent_after(4 * MIB))
    heard = asyncio.Event()
    task = asyncio.create_task(patient.download(NAME, target, lambda *_: heard.set()))
    await heard.wait()
    async with asyncio.timeout(10):
        await patient.close()
        with pytest.raises(CancelledByUserError):
            await task
    assert left_in(target.parent) == []


async def test_a_cancelled_wait_for_an_answer_gives_control_back(
    short_timeout_settings: Settings, stored: bytes, target: Path, proxy: FaultProxy
) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def never_answers(handler: _Handler, _: Request) -> None:
        loop.call_soon_threadsafe(asked.set)
        handler.connection.settimeout(4)
        handler.rfile.read(1)

    uploader = GCSUploader(short_timeout_settings)
    proxy.when(fetches, never_answers)
    task = asyncio.create_task(uploader.download(NAME, target))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await uploader.close()
    assert left_in(target.parent) == []
