"""Uploads of local files that change, disappear or are unusable."""

import os
from pathlib import Path

import pytest

from app.core.exceptions import EmptyFileError, FileChangedError, LocalFileError, LocalFileNotFoundError
from app.services.storage.gcs_uploader import GCSUploader
from tests.services.storage.support import fault_proxy as fault
from tests.services.storage.support.fault_proxy import FaultProxy, Request
from tests.services.storage.support.files import MIB, SMALL

pytestmark = pytest.mark.slow

NAME = "videos/talk/talk.mp4"


def starts(request: Request) -> bool:
    return request.starts_upload


async def test_file_rewritten_during_upload_is_detected(
    uploader: GCSUploader, proxy: FaultProxy, small: Path
) -> None:
    def rewrite(handler: fault._Handler, request: Request) -> None:
        small.write_bytes(os.urandom(SMALL))
        fault.forward(handler, request)

    proxy.when(starts, rewrite)
    with pytest.raises(FileChangedError):
        await uploader.store(small, NAME)


async def test_file_truncated_during_upload_is_detected(
    uploader: GCSUploader, proxy: FaultProxy, big: Path
) -> None:
    def shrink(handler: fault._Handler, request: Request) -> None:
        os.truncate(big, 9 * MIB)
        fault.forward(handler, request)

    proxy.when(starts, shrink)
    with pytest.raises(FileChangedError):
        await uploader.store(big, NAME)
    assert await uploader.describe_object(NAME) is None


async def test_file_removed_during_upload_is_detected(
    uploader: GCSUploader, proxy: FaultProxy, big: Path
) -> None:
    def remove(handler: fault._Handler, request: Request) -> None:
        big.unlink()
        fault.forward(handler, request)

    proxy.when(starts, remove)
    with pytest.raises(LocalFileNotFoundError):
        await uploader.store(big, NAME)


async def test_unusable_files_are_rejected(uploader: GCSUploader, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    with pytest.raises(EmptyFileError, match=r"empty\.mp4 is empty"):
        await uploader.store(empty, NAME)
    with pytest.raises(LocalFileNotFoundError, match=r"none\.mp4"):
        await uploader.store(tmp_path / "none.mp4", NAME)
    os.mkfifo(tmp_path / "fifo.mp4")
    with pytest.raises(LocalFileError, match="not a regular file"):
        await uploader.store(tmp_path / "fifo.mp4", NAME)
    with pytest.raises(LocalFileError):
        await uploader.store(tmp_path, NAME)
