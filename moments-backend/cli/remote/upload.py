"""Resumable upload of a file: https://tus.io/protocols/resumable-upload."""

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

from app.core.concurrency import run_in_thread
from app.core.exceptions import LocalFileNotFoundError, VideoMomentsError
from app.models.upload import Upload
from cli.remote.client import ApiClient, RemoteError, ServerUnavailableError

TUS = {"tus-resumable": "1.0.0"}
CHUNK_BYTES = 8 * 1024**2
MAX_FAILURES = 5
"""Consecutive interruptions after which the upload fails."""
RETRY_SECONDS = 1.0
POLL_SECONDS = 0.5

OnProgress = Callable[[int, int], None]


class UploadFailedError(VideoMomentsError):
    """The server could not add the file to its library."""

    type, title = "upload-failed", "The upload failed"


async def upload_file(api: ApiClient, path: Path, on_progress: OnProgress) -> Upload:
    """Upload a file and wait until the server has registered it; interruptions are resumed.

    Raises:
        LocalFileNotFoundError: the file does not exist.
        UploadFailedError: the server refused the file after it was received.
        RemoteError, ServerUnavailableError: see `ApiClient.request`.
    """
    if not await run_in_thread(path.is_file):
        raise LocalFileNotFoundError(f"{path} does not exist", remedy="check the path")
    size = (await run_in_thread(path.stat)).st_size
    name = base64.b64encode(path.name.encode("utf-8", "surrogateescape")).decode()
    headers = TUS | {"upload-length": str(size), "upload-metadata": f"filename {name}"}
    created = await api.request("POST", "/api/uploads", headers=headers)
    location = created.headers["location"]
    await _send(api, path, location, size, on_progress)
    return await _registered(api, location)


async def _send(api: ApiClient, path: Path, location: str, size: int, on_progress: OnProgress) -> None:
    offset, failures = 0, 0
    while offset < size:
        chunk = await run_in_thread(_read, path, offset)
        headers = TUS | {"upload-offset": str(offset), "content-type": "application/offset+octet-stream"}
        try:
            response = await api.request("PATCH", location, content=chunk, headers=headers)
            offset, failures = int(response.headers["upload-offset"]), 0
        except (ServerUnavailableError, RemoteError) as error:
            failures += 1
            if failures > MAX_FAILURES or (isinstance(error, RemoteError) and not _is_passing(error)):
                raise
            await asyncio.sleep(RETRY_SECONDS * failures)
            offset = await _offset(api, location, offset)
        on_progress(offset, size)


def _is_passing(error: RemoteError) -> bool:
    return error.http_status in {409, 423, 429} or error.http_status >= 500  # noqa: PLR2004 - HTTP


async def _offset(api: ApiClient, location: str, fallback: int) -> int:
    try:
        return int((await api.request("HEAD", location, headers=TUS)).headers["upload-offset"])
    except ServerUnavailableError:
        return fallback


async def _registered(api: ApiClient, location: str) -> Upload:
    while True:
        upload = await api.read(Upload, location)
        if upload.status == "completed":
            return upload
        if upload.status == "failed":
            error = upload.error
            cause = error.detail if error else "the server did not state why"
            raise UploadFailedError(f"{upload.filename}: {cause}", remedy=error.remedy if error else None)
        await asyncio.sleep(POLL_SECONDS)


def _read(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(CHUNK_BYTES)
