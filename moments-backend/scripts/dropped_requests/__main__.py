"""Run every flow with every one of its requests dropped, delayed or answered 500, and print a table.

`python -m scripts.dropped_requests [--url URL --upload FILE] [--flow NAME] [--write FILE]` uses a new
library, or that at URL. Requests of the API are harmed in every flow, files of the app in the first flow that
loads them, also if only some flows are measured. With a delay of 30 seconds, all flows take about an hour.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Error, Page, async_playwright, expect

from scripts.dev.chromium import find_chromium
from scripts.dropped_requests.flows import FLOWS, WAIT_MS, Flow, Subject, shown
from scripts.dropped_requests.proxy import Fault, fault_proxy
from scripts.screenshots import library

PARALLEL = 10
CASE_SECONDS = 240
API = tuple(f"{method} /api/" for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"))
UNCOUNTED = ("GET /sw.js", "GET /favicon.ico")


@dataclass(frozen=True)
class Result:
    flow: str
    fault: Fault
    request: str
    failure: str | None
    """Null if the app recovered."""


class Runner:
    """Runs flows against one library."""

    def __init__(self, browser: Browser, url: str, subject: Subject, delay_seconds: float) -> None:
        self._browser = browser
        self._url = url
        self._subject = subject
        self._delay = delay_seconds
        self._slots = asyncio.Semaphore(PARALLEL)
        self._exclusive = asyncio.Lock()

    @asynccontextmanager
    async def _page(self, url: str) -> AsyncIterator[Page]:
        context = await self._browser.new_context(
            base_url=url, service_workers="block", viewport={"width": 1440, "height": 900}
        )
        context.set_default_timeout(WAIT_MS)
        try:
            yield await context.new_page()
        finally:
            await context.close()

    async def requests(self, flow: Flow) -> list[str]:
        """Return the requests of a flow without a fault. A page's own document is the browser's matter."""
        async with fault_proxy(self._url) as proxy, self._page(proxy.url) as page:
            documents = set[str]()
            page.on(
                "request",
                lambda request: (
                    documents.add("GET /" + request.url.split("/", 3)[3].partition("?")[0])
                    if request.resource_type == "document"
                    else None
                ),
            )
            await flow.run(page, self._subject)
            await page.wait_for_load_state("networkidle")
        return [name for name in dict.fromkeys(proxy.seen) if name not in documents | set(UNCOUNTED)]

    async def case(self, flow: Flow, request: str, fault: Fault) -> Result:
        async with self._slots:
            if not flow.makes_changes:
                return await self._case(flow, request, fault)
            async with self._exclusive:
                return await self._case(flow, request, fault)

    async def _case(self, flow: Flow, request: str, fault: Fault) -> Result:
        failure = None
        async with (
            fault_proxy(self._url, request, fault, delay_seconds=self._delay) as proxy,
            self._page(proxy.url) as page,
        ):
            try:
                async with asyncio.timeout(CASE_SECONDS):
                    await flow.run(page, self._subject)
                    await self._check_usable(page)
            except (AssertionError, Error, TimeoutError) as error:
                failure = (str(error) or type(error).__name__).partition("\n")[0][:160]
        return Result(flow.name, fault, request, failure)

    async def _check_usable(self, page: Page) -> None:
        await page.keyboard.press("Escape")
        await page.get_by_role("link", name="Library").first.click()
        await shown(page.get_by_role("heading", name="Library", level=1))
        await expect(page.get_by_role("alert")).to_have_count(0, timeout=WAIT_MS)


async def run(
    url: str, subject: Subject, delay: float, names: Sequence[str], only: Sequence[str]
) -> list[Result]:
    program, arguments = find_chromium()
    results: list[Result] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        runner = Runner(browser, url, subject, delay)
        files = set[str]()
        for flow in _with_earlier(names):
            try:
                requests = [name for name in await runner.requests(flow) if name not in files]
            except (AssertionError, Error) as error:
                print(f"{flow.name}: fails without a fault: {str(error).partition(chr(10))[0]}", flush=True)
                continue
            files |= {name for name in requests if not name.startswith(API)}
            if names and flow.name not in names:
                continue
            if only:
                requests = [name for name in requests if name in only]
            cases = [runner.case(flow, request, fault) for request in requests for fault in Fault]
            for done in asyncio.as_completed(cases):
                results.append(result := await done)
                if result.failure:
                    print(f"{result.flow}: {result.request} {result.fault}: {result.failure}", flush=True)
            print(f"{flow.name}: {len(requests)} requests, {len(cases)} cases", file=sys.stderr, flush=True)
        await browser.close()
    return results


def _with_earlier(names: Sequence[str]) -> Sequence[Flow]:
    """Return the flows up to the last one of `names`: those before it may be the first to load its files."""
    return FLOWS[: 1 + max(index for index, flow in enumerate(FLOWS) if not names or flow.name in names)]


def table(results: Sequence[Result]) -> str:
    """Return the results as a Markdown table with one row per flow, and the failures below."""
    lines = ["| flow | requests | " + " | ".join(Fault) + " |", "|---|---|" + "---|" * len(Fault)]
    for flow in dict.fromkeys(result.flow for result in results):
        own = [result for result in results if result.flow == flow]
        passed = Counter(result.fault for result in own if result.failure is None)
        count = len({result.request for result in own})
        lines.append(
            f"| {flow} | {count} | " + " | ".join(f"{passed[fault]}/{count}" for fault in Fault) + " |"
        )
    lines += [
        f"- {result.flow}: `{result.request}` {result.fault}: {result.failure}"
        for result in results
        if result.failure
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="address of a running library; it is changed")
    parser.add_argument("--video", default="why-the-tides-turn", help="id of a video with moments")
    parser.add_argument("--word", default="tides", help="a word of its transcript")
    parser.add_argument("--upload", type=Path, required=False, help="a video file to upload")
    parser.add_argument("--flow", action="append", default=[], choices=[flow.name for flow in FLOWS])
    parser.add_argument("--request", action="append", default=[], help="such as 'GET /api/videos'")
    parser.add_argument("--delay", type=float, default=30, help="seconds")
    parser.add_argument("--write", type=Path, help="file for the table")
    options = parser.parse_args()

    def measure(url: str, upload: Path) -> None:
        subject = Subject(options.video, options.word, upload)
        report = table(asyncio.run(run(url, subject, options.delay, options.flow, options.request)))
        print(report)
        if options.write:
            options.write.write_text(report + "\n", encoding="utf-8")

    if options.url:
        measure(options.url, options.upload)
        return
    with tempfile.TemporaryDirectory() as folder, library() as url:
        measure(url, options.upload or _make_video(Path(folder)))


def _make_video(folder: Path) -> Path:
    from tests.fixtures.media import make_video  # noqa: PLC0415 - only a temporary library needs it

    return make_video(folder / "upload.mp4")


if __name__ == "__main__":
    main()
