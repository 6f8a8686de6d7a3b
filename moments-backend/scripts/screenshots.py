"""Updates the images in `docs/screenshots/`: `python -m scripts.screenshots [FOLDER]`.

Starts a temporary library with the talks of `make demo`, runs the pipeline on two of them, and captures the
pages that the documentation shows. Takes several minutes.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from app.core.config import BACKEND_DIR
from embedded.ports import free_port
from scripts.dev.chromium import find_chromium

FOLDER = BACKEND_DIR.parent / "docs" / "screenshots"
TALKS = ("why-the-tides-turn.mp4", "how_bees_find_home.mkv")
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SETTLED_MS = 1500
START_SECONDS = 90


@contextmanager
def library() -> Iterator[str]:
    """Yield the URL of a temporary library in which two videos have moments."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        port = free_port()
        settings = {"EMBEDDED_DIR": f"{folder}/embedded", "STATIC_DIR": f"{folder}/static", "PORT": str(port)}
        environment = os.environ | settings | {"ENV_FILE": f"{folder}/none"}
        up = subprocess.Popen(command("up"), cwd=BACKEND_DIR, env=environment)
        try:
            wait_for(f"http://127.0.0.1:{port}/health")
            subprocess.run(command("demo"), cwd=BACKEND_DIR, env=environment, check=True)
            videos = [f"{folder}/static/videos/{name}" for name in TALKS]
            limits = ("--min-length", "6", "--max-length", "16")
            subprocess.run(command("add", *videos, *limits), cwd=BACKEND_DIR, env=environment, check=True)
            yield f"http://127.0.0.1:{port}"
        finally:
            up.send_signal(signal.SIGINT)
            up.wait()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cli", *arguments]


def wait_for(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(address):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


async def take_screenshots(url: str, folder: Path) -> None:
    program, arguments = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        await take_library(await opened(browser, WIDE, "dark"), url, folder / "library-dark.png")
        await take_pages(await opened(browser, WIDE, "light"), url, folder)
        await take_pages_on_phone(await opened(browser, NARROW, "light"), url, folder)


async def take_library(page: Page, url: str, file: Path) -> None:
    await page.goto(url)
    await page.get_by_role("link", name="Why The Tides Turn").first.wait_for()
    await take(page, file)


async def take_pages(page: Page, url: str, folder: Path) -> None:
    await take_library(page, url, folder / "library-light.png")
    await page.goto(f"{url}/search?q=moon")
    await page.locator("[data-hit]").first.wait_for()
    await take(page, folder / "search.png")
    await page.goto(f"{url}/watch/why-the-tides-turn?t=6")
    await page.locator("[data-moment]").first.wait_for()
    await take(page, folder / "watch.png")
    await page.locator("[data-moment]").last.get_by_role("button", name="Export", exact=True).click()
    await take(page, folder / "export.png")
    await page.keyboard.press("Escape")
    await page.get_by_role("tab", name="Transcript").click()
    await take(page, folder / "transcript.png")
    await page.goto(f"{url}/moments")
    await take(page, folder / "moments.png")


async def take_pages_on_phone(page: Page, url: str, folder: Path) -> None:
    for name, path in {"library": "/", "watch": "/watch/why-the-tides-turn?t=6"}.items():
        await page.goto(url + path)
        await take(page, folder / f"{name}-phone.png")


async def take(page: Page, file: Path) -> None:
    """Save what the window shows once pictures are loaded and transitions have ended."""
    await page.wait_for_timeout(SETTLED_MS)
    await page.screenshot(path=file)


async def opened(browser: Browser, size: dict[str, int], scheme: str) -> Page:
    dark = scheme == "dark"
    context = await browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    return await context.new_page()


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with library() as url:
        asyncio.run(take_screenshots(url, folder))


if __name__ == "__main__":
    main()
