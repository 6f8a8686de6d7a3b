"""Selection of the downloader, timeouts and cancellation."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.core.config import Settings
from app.core.exceptions import (
    BlockedAddressError,
    BucketNotAllowedError,
    DownloadError,
    IncompleteDownloadError,
    SiteError,
    SourceRejectedError,
    TooLargeError,
)
from app.services.downloads import dispatcher, yt_dlp
from app.services.downloads.site_metadata import CaptionFile, SiteMetadata
from app.services.storage.gcs_uploader import GCSUploader
from embedded.gcs import create_bucket
from tests.services.downloads.conftest import LOOPBACK
from tests.services.downloads.support.web_server import Web, endless, redirect, respond, serve, stall

MIB = 1024**2


class Downloading:
    """Calls `download` with the arguments that all tests share."""

    def __init__(self, folder: Path, settings: Settings, uploader: GCSUploader) -> None:
        self.folder = folder
        self.settings = settings
        self.uploader = uploader
        self.reported: list[tuple[int, int | None]] = []
        self.site: SiteMetadata | None = None

    def set(self, **values: Any) -> None:
        self.settings = self.settings.model_copy(update=values)

    async def __call__(self, url: str) -> Path:
        found = await dispatcher.download(
            url,
            self.folder,
            video_id="talk",
            settings=self.settings,
            uploader=self.uploader,
            on_progress=lambda done, total: self.reported.append((done, total)),
        )
        self.site = found.site
        return found.file

    async def wait_for_progress(self) -> None:
        while not self.reported:
            await asyncio.sleep(0.02)

    def left(self) -> list[str]:
        return [entry.name for entry in self.folder.iterdir()] if self.folder.exists() else []


@pytest.fixture
async def downloading(folder: Path, settings: Settings) -> AsyncIterator[Downloading]:
    allowing = settings.model_copy(update={"video_download_allowed_networks": [LOOPBACK]})
    uploader = GCSUploader(allowing)
    yield Downloading(folder, allowing, uploader)
    await uploader.close()


def page(body: str) -> bytes:
    return f"<!DOCTYPE html><html><head><title>Talk</title></head><body>{body}</body></html>".encode()


def children() -> list[psutil.Process]:
    """Return the processes of yt-dlp, without the servers of the test suite."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if any("yt_dlp_process" in part for part in child.cmdline()):
                found.append(child)
        except psutil.Error:
            continue
    return found


async def test_file_url_is_downloaded(downloading: Downloading, web: Web, video: bytes) -> None:
    path = await downloading(f"  {web.on('/v.mov', serve(video))}\n")
    assert path == downloading.folder / "talk.mov"
    assert path.read_bytes() == video
    assert downloading.left() == ["talk.mov"]


async def test_loopback_is_blocked_by_default(downloading: Downloading, web: Web, video: bytes) -> None:
    downloading.set(video_download_allowed_networks=[])
    url = web.on("/v.mp4", serve(video))
    for blocked in (url, url.replace("127.0.0.1", "localhost"), url.replace("127.0.0.1", "2130706433")):
        with pytest.raises(BlockedAddressError):
            await downloading(blocked)
    assert web.seen == []


@pytest.mark.parametrize(
    "url", ["", "talk.mp4", "file:///etc/passwd", "ytsearch:talk", "gs://bucket", "http://["]
)
async def test_invalid_urls_are_rejected(downloading: Downloading, url: str) -> None:
    with pytest.raises((BlockedAddressError, SourceRejectedError)):
        await downloading(url)


async def test_download_times_out(downloading: Downloading, web: Web, video: bytes) -> None:
    downloading.set(video_download_timeout_seconds=0.5)
    with pytest.raises(IncompleteDownloadError, match=r"timed out after 0\.5 s \(2048 of 1000000 bytes\)"):
        await downloading(web.on("/v.mp4", stall(video[:2048], announced=1_000_000)))
    assert downloading.left() == []


async def test_cancelled_download_leaves_no_files(downloading: Downloading, web: Web, video: bytes) -> None:
    task = asyncio.create_task(downloading(web.on("/v.mp4", endless(video[:4096]))))
    await downloading.wait_for_progress()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10):
            await task
    assert downloading.left() == []


# Web pages, with yt-dlp


@pytest.mark.slow
async def test_video_on_a_page_is_downloaded(downloading: Downloading, web: Web, video: bytes) -> None:
    web.on("/video.mp4", serve(video))
    url = web.on("/talk", respond(page('<video src="/video.mp4"></video>'), content_type="text/html"))
    path = await downloading(url)
    assert path == downloading.folder / "talk.mp4"
    assert path.read_bytes() == video
    assert downloading.reported[-1] == (len(video), len(video))
    assert downloading.left() == ["talk.mp4"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("no video here", "Unsupported URL"),
        ('<video src="/a.mp4"></video><video src="/b.mp4"></video>', "several videos"),
        ('<video src="/missing.mp4"></video>', "404"),
    ],
)
async def test_errors_of_yt_dlp_are_passed_on(
    downloading: Downloading, web: Web, body: str, message: str
) -> None:
    with pytest.raises(SiteError, match=message) as raised:
        await downloading(web.on("/talk", respond(page(body), content_type="text/html")))
    assert raised.value.cause.startswith("the URL returned a web page")
    assert downloading.left() == []


@pytest.mark.slow
@pytest.mark.parametrize("target", ["http://169.254.169.254/a.mp4", "http://10.0.0.1/a.mp4", "/redirect.mp4"])
async def test_pages_cannot_lead_to_private_addresses(
    downloading: Downloading, web: Web, target: str
) -> None:
    web.on("/redirect.mp4", redirect("http://[fd00:ec2::254]/a.mp4"))
    body = page(f'<video src="{target}"></video>')
    with pytest.raises(BlockedAddressError, match="private network"):
        await downloading(web.on("/talk", respond(body, content_type="text/html")))


@pytest.mark.slow
async def test_size_limit_applies_to_pages(downloading: Downloading, web: Web, video: bytes) -> None:
    downloading.set(video_download_max_size_bytes=50_000)
    web.on("/video.mp4", serve(video))
    with pytest.raises(TooLargeError):
        await downloading(
            web.on("/talk", respond(page('<video src="/video.mp4"></video>'), content_type="text/html"))
        )
    assert downloading.left() == []


@pytest.mark.slow
async def test_endless_page_does_not_exhaust_memory(
    downloading: Downloading, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yt_dlp, "MEMORY_BYTES", 400 * MIB)
    with pytest.raises(SiteError):
        await downloading(web.on("/talk", endless(page("x"), "text/html")))


@pytest.mark.slow
async def test_cancelled_page_leaves_no_process(downloading: Downloading, web: Web, video: bytes) -> None:
    web.on("/video.mp4", stall(video[: 64 * 1024], announced=len(video)))
    url = web.on("/talk", respond(page('<video src="/video.mp4"></video>'), content_type="text/html"))
    task = asyncio.create_task(downloading(url))
    while not any(request.path == "/video.mp4" for request in web.seen):
        await asyncio.sleep(0.02)
    assert children()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10):
            await task
    assert not children()
    assert downloading.left() == []


# Objects


async def test_objects_of_source_buckets_are_downloaded(
    downloading: Downloading, video: bytes, tmp_path: Path
) -> None:
    downloading.set(gcs_source_buckets=["another-bucket"])
    settings = downloading.settings
    assert settings.storage_emulator_host is not None
    assert settings.storage_emulator_token is not None
    token = settings.storage_emulator_token.get_secret_value()
    create_bucket(settings.storage_emulator_host, token, "another-bucket")
    other = GCSUploader(settings.model_copy(update={"gcs_bucket_name": "another-bucket"}))
    local = tmp_path / "video.webm"
    local.write_bytes(video + os.urandom(5 * MIB))
    await other.store(local, "talks/50% off #1.webm")
    await other.close()

    path = await downloading("GS://Another-Bucket/talks/50% off #1.webm")
    assert path == downloading.folder / "talk.webm"
    assert path.read_bytes() == local.read_bytes()
    size = local.stat().st_size
    assert downloading.reported[-1] == (size, size)

    downloading.set(video_download_max_size_bytes=size - 1)
    with pytest.raises(TooLargeError):
        await downloading("gs://another-bucket/talks/50% off #1.webm")


@pytest.mark.parametrize(
    "url", ["gs://{bucket}-2/a.mp4", "gs://another/a.mp4", "gs://{bucket}/transcripts/a.json"]
)
async def test_other_objects_are_not_requested(downloading: Downloading, url: str) -> None:
    """Also runs that an older version has queued: the storage server receives no request."""
    downloading.set(storage_emulator_host="http://127.0.0.1:1", gcs_source_buckets=["anoth"])
    with pytest.raises(BucketNotAllowedError):
        await downloading(url.replace("{bucket}", downloading.settings.gcs_bucket_name))
    assert downloading.left() == []


@pytest.mark.parametrize("other", ["missing-bucket", None])
async def test_missing_object_is_rejected(downloading: Downloading, other: str | None) -> None:
    downloading.set(gcs_source_buckets=["missing-bucket"])
    with pytest.raises(DownloadError, match=r"does not exist") as raised:
        await downloading(f"gs://{other or downloading.settings.gcs_bucket_name}/none.mp4")
    assert raised.value.remedy == "check the URL for typing errors"
    assert downloading.left() == []


@pytest.mark.slow
async def test_metadata_of_a_page_is_kept(downloading: Downloading, web: Web, video: bytes) -> None:
    described = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": "Why the tides\u202e turn",
        "description": "First line.\nSecond line.",
        "uploadDate": "2024-01-31T14:22:33Z",
        "author": {"@type": "Person", "name": "Harbour films"},
        "contentUrl": web.on("/video.mp4", serve(video)),
        "thumbnailUrl": web.on("/picture.jpg", respond(b"picture", content_type="image/jpeg")),
    }
    body = f'<script type="application/ld+json">{json.dumps(described)}</script>'
    await downloading(web.on("/talk", respond(page(body), content_type="text/html")))
    site = downloading.site
    assert site is not None
    assert (site.title, site.description) == ("Why the tides turn", "First line.\nSecond line.")
    assert (site.channel, site.published_at) == (
        "Harbour films",
        datetime(2024, 1, 31, 14, 22, 33, tzinfo=UTC),
    )
    assert site.thumbnail is not None
    assert site.thumbnail.read_bytes() == b"picture"


@pytest.mark.slow
async def test_missing_captions_do_not_fail_video(downloading: Downloading, web: Web, video: bytes) -> None:
    web.on("/video.mp4", serve(video))
    web.on("/en.vtt", respond(b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n", content_type="text/vtt"))
    tracks = "".join(f'<track kind="subtitles" srclang="{code}" src="/{code}.vtt">' for code in ("de", "en"))
    body = f'<video src="/video.mp4">{tracks}</video>'
    await downloading(web.on("/talk", respond(page(body), content_type="text/html")))
    assert downloading.site is not None
    assert downloading.site.captions == (CaptionFile("en", downloading.folder / "site" / "en.vtt"),)
    assert sorted(downloading.left()) == ["site", "talk.mp4"]
