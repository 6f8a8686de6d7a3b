"""From an address to a video file in the run's work folder."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from app.core.config import Settings
from app.core.exceptions import BlockedAddressError, IncompleteDownloadError, SiteError
from app.core.urls.video_sites import site_video
from app.services.downloads import gcs, http, yt_dlp
from app.services.downloads.partial_file import OnProgress
from app.services.downloads.ssrf_guard import SsrfGuard

if TYPE_CHECKING:  # yt-dlp's process imports this package, and needs no client of the cloud
    from app.services.storage.gcs_uploader import GCSUploader


async def download(
    url: str,
    folder: Path,
    *,
    video_id: str,
    settings: Settings,
    uploader: "GCSUploader",
    on_progress: OnProgress,
) -> Path:
    """Fetch the video that an http, https or gs address leads to.

    Nothing is left behind in `folder` when it fails or is cancelled, and nothing runs on.

    Args:
        folder: the run's work folder; made where it is missing.
        on_progress: `(bytes so far, bytes in all or None)`, on the event loop.

    Returns:
        The whole file, `{video_id}.{ext}` in `folder`.

    Raises:
        DownloadError: see the tree; StorageError for gs addresses; DiskFullError, LocalFileError,
        ToolMissingError.
    """
    seen: tuple[int, int | None] = (0, None)

    def note(done: int, total: int | None) -> None:
        nonlocal seen
        seen = (done, total)
        on_progress(done, total)

    seconds = settings.video_download_timeout_seconds
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await _fetch(url, folder, video_id, settings, uploader, note)
    except TimeoutError:
        if not limit.expired():
            raise
        done, total = seen
        raise IncompleteDownloadError(
            f"the download had not ended after {seconds:g} s ({done} of {total or 'unknown'} bytes)",
            remedy="raise VIDEO_DOWNLOAD_TIMEOUT_SECONDS for a slow line",
        ) from None


async def _fetch(
    address: str,
    folder: Path,
    video_id: str,
    settings: Settings,
    uploader: "GCSUploader",
    on_progress: OnProgress,
) -> Path:
    url = address.strip()
    try:
        parts = urlsplit(url)
        known = site_video(parts)
    except ValueError as error:
        raise BlockedAddressError(f"the address cannot be used: {error}") from error
    if parts.scheme == "gs":
        return await gcs.fetch(
            url,
            folder,
            video_id=video_id,
            settings=settings,
            uploader=uploader,
            on_progress=on_progress,
        )
    if known is not None:
        return await yt_dlp.fetch(
            known.address, folder, video_id=video_id, settings=settings, on_progress=on_progress
        )
    found = await http.fetch(
        url,
        folder,
        video_id=video_id,
        limit=settings.video_download_max_size_bytes,
        guard=SsrfGuard(settings.video_download_allowed_networks),
        on_progress=on_progress,
    )
    return found or await _fetch_from_page(parts, folder, video_id, settings, on_progress)


async def _fetch_from_page(
    page: SplitResult, folder: Path, video_id: str, settings: Settings, on_progress: OnProgress
) -> Path:
    """The video that a web page shows. A login in its address is not handed on to yt-dlp."""
    address = page._replace(netloc=page.netloc.rpartition("@")[2]).geturl()
    try:
        return await yt_dlp.fetch(
            address, folder, video_id=video_id, settings=settings, on_progress=on_progress
        )
    except SiteError as error:
        raise SiteError(
            f"the address answers with a web page, and no video could be fetched from it: {error.cause}",
            remedy=error.remedy or "give the address of the video itself",
        ) from error
