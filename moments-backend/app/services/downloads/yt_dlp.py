"""Downloads videos from sites and web pages with yt-dlp."""

import json
import shutil
import sys
from collections.abc import Mapping
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
from app.media.limits import NETWORK_VARIABLES, PYTHON_VARIABLES, ProcessLimits, decoder_args
from app.services.downloads.content_sniffing import SNIFF_BYTES, ContentKind, extension_for, kind_of
from app.services.downloads.limits import OnProgress, ensure_allowed
from app.services.downloads.site_metadata import Download, SiteMetadata

MEMORY_BYTES = 2 * 1024**3
"""Memory limit of the process: yt-dlp reads whole pages, however long they are.

The process sets it as `RLIMIT_DATA`, because Python's libraries need far more address space than memory.
"""

INDEX_BYTES = 64 * 1024**2
"""Allowed beyond the size limit of the video for the container that FFmpeg merges video and audio into."""

WORK_DIR_NAME = ".yt-dlp"
EXTRAS_FOLDER = "site"
"""Folder of captions and thumbnail, beside the video."""
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
) -> Download:
    """Download the single video of a site's or page's URL to `{video_id}.{ext}` in `folder`.

    Selects the best quality that every browser plays, up to 1080p.

    Raises:
        SiteError: with the message of yt-dlp.
        BlockedAddressError, TooLargeError, DiskFullError, LocalFileError, ToolMissingError.
        FFmpegError: the process could not be started.
    """
    work_dir = await run_in_thread(_create_work_dir, folder / WORK_DIR_NAME)
    try:
        result = await _run(url, work_dir, settings, on_progress)
        return await run_in_thread(_move_results, result, work_dir, folder, video_id, settings)
    finally:
        await run_in_thread(lambda: shutil.rmtree(work_dir, ignore_errors=True))


async def _run(url: str, work_dir: Path, settings: Settings, on_progress: OnProgress) -> Mapping[str, Any]:
    request = {
        "url": url,
        "folder": str(work_dir),
        "ffmpeg": str(binaries.find_ffmpeg(settings)),
        "limit": settings.video_download_max_size_bytes,
        "allowed": [str(network) for network in settings.video_download_allowed_networks],
        "memory": MEMORY_BYTES,
        "decoder": decoder_args(settings.media_max_pixels, threads=1),
    }
    result: dict[str, Any] = {}

    def on_output(line: bytes) -> None:
        message = json.loads(line)
        if "progress" in message:
            on_progress(*message["progress"])
        else:
            result.update(message)

    completed = await process.run(
        [sys.executable, "-P", "-c", _START, BACKEND_DIR],
        timeout=settings.video_download_timeout_seconds,
        limits=ProcessLimits(
            memory_bytes=None,
            file_bytes=settings.video_download_max_size_bytes + INDEX_BYTES,
            variables=(*PYTHON_VARIABLES, *NETWORK_VARIABLES),
        ),
        stdin=json.dumps(request).encode(),
        on_output=on_output,
    )
    if "file" in result:
        return result
    if "error" in result:
        raise _ERRORS[result["error"]](result["cause"], remedy=result["remedy"])
    last_line = completed.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    status = completed.signal_name or f"exit code {completed.returncode}"
    raise SiteError(f"yt-dlp ended with {status}: {last_line or 'no error output'}")


def _create_work_dir(work_dir: Path) -> Path:
    with mapped_write_errors(work_dir):
        shutil.rmtree(work_dir, ignore_errors=True)
        work_dir.mkdir(parents=True)
        return work_dir.absolute()


def _move_results(
    result: Mapping[str, Any], work_dir: Path, folder: Path, video_id: str, settings: Settings
) -> Download:
    """Move the video, and the captions and the thumbnail of the site, out of `work_dir`."""
    file = _move_to_target(Path(result["file"]), work_dir, folder, video_id, settings)
    site = SiteMetadata.parse(result["site"], work_dir)
    extras = folder / EXTRAS_FOLDER
    with mapped_write_errors(extras):
        return Download(file, site.moved_to(extras))


def _move_to_target(found: Path, work_dir: Path, folder: Path, video_id: str, settings: Settings) -> Path:
    """Check the downloaded file and move it to its name in `folder`."""
    if found.resolve().parent != work_dir.resolve() or not found.is_file():
        raise SiteError(f"yt-dlp did not create the file {found.name}")
    with found.open("rb") as file:
        if kind_of(file.read(SNIFF_BYTES), "") is not ContentKind.VIDEO:
            raise SiteError("the file that yt-dlp downloaded is not a video")
    ensure_allowed(found.stat().st_size, settings.video_download_max_size_bytes)
    target = folder / f"{video_id}{extension_for([found.name])}"
    with mapped_write_errors(target):
        fsync_path(found)
        found.replace(target)
        fsync_path(folder)
    return target
