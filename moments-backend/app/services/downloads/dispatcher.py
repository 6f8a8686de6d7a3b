"""Selects the downloader for a URL and limits its time."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from app.core.config import Settings
from app.core.exceptions import BlockedAddressError, IncompleteDownloadError, SiteError
from app.core.urls.video_sites import site_video
from app.services.downloads import gcs, http, yt_dlp
from app.services.downloads.limits import OnProgress
from app.services.downloads.site_metadata import Download
from app.services.downloads.ssrf_guard import SsrfGuard

if TYPE_CHECKING:  # the process of yt-dlp imports this package, and needs no storage client
    from app.services.storage.gcs_uploader import GCSUploader


async def download(
    url: str,
    folder: Path,
    *,
    video_id: str,
    settings: Settings,
    uploader: "GCSUploader",
    on_progress: OnProgress,
) -> Download:
    """Download the video at an http, https or gs URL.

    After a failure or a cancellation no file remains in `folder`, and no process or thread keeps running.

    Args:
        folder: the run's work directory; created if missing.

    Returns:
        The complete file, `{video_id}.{ext}` in `folder`, with the metadata of its site.

    Raises:
        DownloadError: see its subclasses; StorageError for gs URLs; DiskFullError, LocalFileError,
        ToolMissingError.
    """
    latest: tuple[int, int | None] = (0, None)

    def record(done: int, total: int | None) -> None:
        nonlocal latest
        latest = (done, total)
        on_progress(done, total)

    seconds = settings.video_download_timeout_seconds
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await _fetch(url.strip(), folder, video_id, settings, uploader, record)
    except TimeoutError:
        if not limit.expired():
            raise
        done, total = latest
        raise IncompleteDownloadError(
            f"the download timed out after {seconds:g} s ({done} of {total or 'unknown'} bytes)",
            remedy="raise VIDEO_DOWNLOAD_TIMEOUT_SECONDS for a slow connection",
        ) from None


async def _fetch(
    url: str,
    folder: Path,
    video_id: str,
    settings: Settings,
    uploader: "GCSUploader",
    on_progress: OnProgress,
) -> Download:
    try:
        parts = urlsplit(url)
        known = site_video(parts)
    except ValueError as error:
        raise BlockedAddressError(f"invalid URL: {error}") from error
    if parts.scheme == "gs":
        return Download(
            await gcs.fetch(
                url,
                folder,
                video_id=video_id,
                settings=settings,
                uploader=uploader,
                on_progress=on_progress,
            )
        )
    if known is not None:
        return await yt_dlp.fetch(
            known.url, folder, video_id=video_id, settings=settings, on_progress=on_progress
        )
    found = await http.fetch(
        url,
        folder,
        video_id=video_id,
        limit=settings.video_download_max_size_bytes,
        guard=SsrfGuard(settings.video_download_allowed_networks),
        on_progress=on_progress,
    )
    if found is not None:
        return Download(found)
    return await _fetch_from_page(parts, folder, video_id, settings, on_progress)


async def _fetch_from_page(
    page: SplitResult, folder: Path, video_id: str, settings: Settings, on_progress: OnProgress
) -> Download:
    """Download the video on a web page; the URL's login is not passed to yt-dlp."""
    url = page._replace(netloc=page.netloc.rpartition("@")[2]).geturl()
    try:
        return await yt_dlp.fetch(url, folder, video_id=video_id, settings=settings, on_progress=on_progress)
    except SiteError as error:
        raise SiteError(
            f"the URL returned a web page, and no video could be downloaded from it: {error.cause}",
            remedy=error.remedy or "use the URL of the video file itself",
        ) from error
