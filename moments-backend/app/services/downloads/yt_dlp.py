"""A video of a site, or one that stands on a web page: what yt-dlp can fetch."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from app.core.concurrency import run_in_thread
from app.core.config import BACKEND_DIR, Settings
from app.core.exceptions import (
    BlockedAddressError,
    DiskFullError,
    LocalFileError,
    SiteError,
    TooLargeError,
    VideoMomentsError,
)
from app.core.files.atomic import mapped_write_errors
from app.core.files.disk_space import fsync_path
from app.media import binaries, process
from app.services.downloads.content_sniffing import SNIFF_BYTES, ContentKind, extension_for, kind_of
from app.services.downloads.partial_file import OnProgress, ensure_allowed

MEMORY_BYTES = 2 * 1024**3
"""For the process. yt-dlp reads pages whole, however long they are."""

FOLDER_NAME = ".site"
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from app.services.downloads.yt_dlp_process import main; main()"
)
_ERRORS: dict[str, type[VideoMomentsError]] = {
    kind.__name__: kind
    for kind in (BlockedAddressError, DiskFullError, LocalFileError, SiteError, TooLargeError)
}


async def fetch(
    url: str, folder: Path, *, video_id: str, settings: Settings, on_progress: OnProgress
) -> Path:
    """Fetch the one video of a site's or a page's address as `{video_id}.{ext}` in `folder`.

    It is the best that every browser plays, up to 1080 lines.

    Raises:
        SiteError: in yt-dlp's own words.
        BlockedAddressError, TooLargeError, DiskFullError, LocalFileError, ToolMissingError.
        FFmpegError: the process could not be started.
    """
    work = await run_in_thread(lambda: _made(folder / FOLDER_NAME))
    try:
        found = await _run(url, work, settings, on_progress)
        return await run_in_thread(lambda: _take(found, work, folder, video_id, settings))
    finally:
        await run_in_thread(lambda: shutil.rmtree(work, ignore_errors=True))


async def _run(url: str, work: Path, settings: Settings, on_progress: OnProgress) -> Path:
    order = {
        "url": url,
        "folder": str(work),
        "ffmpeg": str(binaries.find_ffmpeg(settings)),
        "limit": settings.video_download_max_size_bytes,
        "allowed": [str(network) for network in settings.video_download_allowed_networks],
        "memory": MEMORY_BYTES,
    }
    verdict: dict[str, Any] = {}

    def listen(line: bytes) -> None:
        said = json.loads(line)
        if "progress" in said:
            on_progress(*said["progress"])
        else:
            verdict.update(said)

    completed = await process.run(
        [sys.executable, "-P", "-c", _START, BACKEND_DIR],
        timeout=settings.video_download_timeout_seconds,
        stdin=json.dumps(order).encode(),
        on_output=listen,
    )
    if "file" in verdict:
        return Path(verdict["file"])
    if "error" in verdict:
        raise _ERRORS[verdict["error"]](verdict["cause"], remedy=verdict["remedy"])
    last_words = completed.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    how = completed.signal_name or f"exit code {completed.returncode}"
    raise SiteError(f"yt-dlp ended with {how}: {last_words or 'it said nothing'}")


def _made(work: Path) -> Path:
    with mapped_write_errors(work):
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        return work.absolute()


def _take(found: Path, work: Path, folder: Path, video_id: str, settings: Settings) -> Path:
    """Give the finished file its name in `folder`."""
    if found.resolve().parent != work.resolve() or not found.is_file():
        raise SiteError(f"yt-dlp left no file {found.name}")
    with found.open("rb") as file:
        if kind_of(file.read(SNIFF_BYTES), "") is not ContentKind.VIDEO:
            raise SiteError("what yt-dlp fetched is no video")
    ensure_allowed(found.stat().st_size, settings.video_download_max_size_bytes)
    target = folder / f"{video_id}{extension_for([found.name])}"
    with mapped_write_errors(target):
        fsync_path(found)
        found.replace(target)
        fsync_path(folder)
    return target
