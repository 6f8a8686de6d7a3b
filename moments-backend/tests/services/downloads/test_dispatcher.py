"""From an address to a file in the work folder: which way is taken, and how it ends early."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.core.config import Settings
from app.core.exceptions import (
    BlockedAddressError,
    DownloadError,
    IncompleteDownloadError,
    SiteError,
    SourceRejectedError,
    TooLargeError,
)
from app.services.downloads import dispatcher, yt_dlp
from app.services.storage.gcs_uploader import GCSUploader
from embedded.gcs import create_bucket
from tests.services.downloads.conftest import LOOPBACK
from tests.services.downloads.support.web_server import Web, answer, endless, redirect, serve, stall

MIB = 1024**2


class Downloading:
    """`download` with what every test here gives it."""

    def __init__(self, folder: Path, settings: Settings, uploader: GCSUploader) -> None:
        self.folder = folder
        self.settings = settings
        self.uploader = uploader
        self.heard: list[tuple[int, int | None]] = []

    def set(self, **values: Any) -> None:
        self.settings = self.settings.model_copy(update=values)

    async def __call__(self, url: str) -> Path:
        return await dispatcher.download(
            url,
            self.folder,
            video_id="talk",
            settings=self.settings,
            uploader=self.uploader,
            on_progress=lambda done, total: self.heard.append((done, total)),
        )

    async def heard_something(self) -> None:
        while not self.heard:
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
    """The processes that fetch; the suite's servers are children as well."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if any("yt_dlp_process" in part for part in child.cmdline()):
                found.append(child)
        except psutil.Error:
            continue
    return found


async def test_a_plain_file(downloading: Downloading, web: Web, film: bytes) -> None:
    path = await downloading(f"  {web.on('/v.mov', serve(film))}\n")
    assert path == downloading.folder / "talk.mov"
    assert path.read_bytes() == film
    assert downloading.left() == ["talk.mov"]


async def test_without_the_setting_loopback_is_refused(
    downloading: Downloading, web: Web, film: bytes
) -> None:
    downloading.set(video_download_allowed_networks=[])
    url = web.on("/v.mp4", serve(film))
    for refused in (url, url.replace("127.0.0.1", "localhost"), url.replace("127.0.0.1", "2130706433")):
        with pytest.raises(BlockedAddressError):
            await downloading(refused)
    assert web.seen == []


@pytest.mark.parametrize(
    "url", ["", "talk.mp4", "file:///etc/passwd", "ytsearch:talk", "gs://bucket", "http://["]
)
async def test_what_is_no_address_is_refused(downloading: Downloading, url: str) -> None:
    with pytest.raises((BlockedAddressError, SourceRejectedError)):
        await downloading(url)


async def test_its_time_is_limited(downloading: Downloading, web: Web, film: bytes) -> None:
    downloading.set(video_download_timeout_seconds=0.5)
    with pytest.raises(IncompleteDownloadError, match=r"not ended after 0\.5 s \(2048 of 1000000 bytes\)"):
        await downloading(web.on("/v.mp4", stall(film[:2048], announced=1_000_000)))
    assert downloading.left() == []


async def test_a_cancelled_download_leaves_nothing(downloading: Downloading, web: Web, film: bytes) -> None:
    task = asyncio.create_task(downloading(web.on("/v.mp4", endless(film[:4096]))))
    await downloading.heard_something()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10):
            await task
    assert downloading.left() == []


# Pages, by yt-dlp


async def test_the_video_of_a_page_is_found(downloading: Downloading, web: Web, film: bytes) -> None:
    web.on("/film.mp4", serve(film))
    url = web.on("/talk", answer(page('<video src="/film.mp4"></video>'), content_type="text/html"))
    path = await downloading(url)
    assert path == downloading.folder / "talk.mp4"
    assert path.read_bytes() == film
    assert downloading.heard[-1] == (len(film), len(film))
    assert downloading.left() == ["talk.mp4"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("no film here", "Unsupported URL"),
        ('<video src="/a.mp4"></video><video src="/b.mp4"></video>', "several videos"),
        ('<video src="/missing.mp4"></video>', "404"),
    ],
)
async def test_a_page_without_its_video_ends_in_the_words_of_yt_dlp(
    downloading: Downloading, web: Web, body: str, words: str
) -> None:
    with pytest.raises(SiteError, match=words) as caught:
        await downloading(web.on("/talk", answer(page(body), content_type="text/html")))
    assert caught.value.cause.startswith("the address answers with a web page")
    assert downloading.left() == []


@pytest.mark.parametrize("inside", ["http://169.254.169.254/a.mp4", "http://10.0.0.1/a.mp4", "/redirect.mp4"])
async def test_no_page_leads_inside(downloading: Downloading, web: Web, inside: str) -> None:
    web.on("/redirect.mp4", redirect("http://[fd00:ec2::254]/a.mp4"))
    body = page(f'<video src="{inside}"></video>')
    with pytest.raises(BlockedAddressError, match="inside network"):
        await downloading(web.on("/talk", answer(body, content_type="text/html")))


async def test_a_page_has_the_size_limit_too(downloading: Downloading, web: Web, film: bytes) -> None:
    downloading.set(video_download_max_size_bytes=50_000)
    web.on("/film.mp4", serve(film))
    with pytest.raises(TooLargeError):
        await downloading(
            web.on("/talk", answer(page('<video src="/film.mp4"></video>'), content_type="text/html"))
        )
    assert downloading.left() == []


async def test_an_endless_page_does_not_fill_the_memory(
    downloading: Downloading, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yt_dlp, "MEMORY_BYTES", 400 * MIB)
    with pytest.raises(SiteError):
        await downloading(web.on("/talk", endless(page("x"), "text/html")))


async def test_a_cancelled_page_leaves_no_process(downloading: Downloading, web: Web, film: bytes) -> None:
    web.on("/film.mp4", stall(film[: 64 * 1024], announced=len(film)))
    url = web.on("/talk", answer(page('<video src="/film.mp4"></video>'), content_type="text/html"))
    task = asyncio.create_task(downloading(url))
    while not any(request.path == "/film.mp4" for request in web.seen):
        await asyncio.sleep(0.02)
    assert children()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10):
            await task
    assert not children()
    assert downloading.left() == []


# Objects


async def test_an_object_of_another_bucket(downloading: Downloading, film: bytes, tmp_path: Path) -> None:
    settings = downloading.settings
    assert settings.storage_emulator_host is not None
    create_bucket(settings.storage_emulator_host, "somebody-elses")
    other = GCSUploader(settings.model_copy(update={"gcs_bucket_name": "somebody-elses"}))
    local = tmp_path / "film.webm"
    local.write_bytes(film + os.urandom(5 * MIB))
    await other.store(local, "talks/50% off #1.webm")
    await other.close()

    path = await downloading("gs://somebody-elses/talks/50% off #1.webm")
    assert path == downloading.folder / "talk.webm"
    assert path.read_bytes() == local.read_bytes()
    size = local.stat().st_size
    assert downloading.heard[-1] == (size, size)

    downloading.set(video_download_max_size_bytes=size - 1)
    with pytest.raises(TooLargeError):
        await downloading("gs://somebody-elses/talks/50% off #1.webm")


@pytest.mark.parametrize("url", ["gs://somebody-elses-too/talk.mp4", "gs://the-session-bucket/none.mp4"])
async def test_an_object_that_is_not_there(downloading: Downloading, url: str) -> None:
    with pytest.raises(DownloadError, match=r"does not exist") as caught:
        await downloading(url)
    assert caught.value.remedy == "check the address for typing errors"
    assert downloading.left() == []
