"""When a browser shows the first row of a long library, beside when it has the list that this is made of."""

import asyncio

from playwright.async_api import Browser, async_playwright

from benchmarks import library
from benchmarks.measurement import Bound, Measurement, Target
from benchmarks.workbench import Workbench
from embedded.chromium import find_chromium

CARD = 'main a[href^="/watch/"]'
WAIT_MS = 30_000

# In the page, before its own scripts: when the first card is in the document.
WATCH = f"""
window.firstCard = new Promise((resolve) => {{
  new MutationObserver((_, observer) => {{
    if (!document.querySelector('{CARD}')) return;
    observer.disconnect();
    resolve(performance.now());
  }}).observe(document, {{ childList: true, subtree: true }});
}});
"""
MEASURE = """async () => {
  const shown = await window.firstCard;
  const [call] = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/api/videos?"));
  return { row: shown - call.startTime, call: call.responseEnd - call.startTime, open: shown };
}"""


def measure(bench: Workbench) -> list[Measurement]:
    rows = bench.size(10_000, quick=200)
    static_dir = bench.folder("static")
    library.make_folders(static_dir, rows)
    with bench.database() as database_url:
        library.fill(database_url, rows)
        with bench.our_application(database_url=database_url, static_dir=static_dir) as ours:
            taken = asyncio.run(_visits(ours.url, bench.rounds))
    return [
        Measurement(
            what=f"the first row of {rows:,} videos in a browser, from the call to the API on",
            peer_name="the same call, until its answer is there",
            unit="ms",
            pairs=[(visit["row"], visit["call"]) for visit in taken],
            target=Target(Bound.AT_MOST, 1.5),
            note=f"from the address to the row: {min(visit['open'] for visit in taken):.0f} ms at best",
        )
    ]


async def _visits(url: str, rounds: int) -> list[dict[str, float]]:
    """Each by a browser profile that has never been here; the first of all warms up and does not count."""
    program, arguments = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        return [await _visit(browser, url) for _ in range(rounds + 1)][1:]


async def _visit(browser: Browser, url: str) -> dict[str, float]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    await page.add_init_script(WATCH)
    await page.goto(url)
    measured: dict[str, float] = await page.evaluate(MEASURE)
    await context.close()
    return measured
