"""When a browser shows the first row of a long library, beside when it has the list that this is made of."""

import asyncio

from playwright.async_api import Browser, Page, async_playwright

from benchmarks import library
from benchmarks.measurement import Bound, Measurement, Target
from benchmarks.workbench import Workbench
from embedded.chromium import find_chromium

CARD = 'main a[href^="/watch/"]'
WAIT_MS = 30_000
LIMIT = 1.5

# In the page, before its own scripts: when the first card is in the document, and is not the one given.
SCRIPT = f"""
window.firstCard = (before) => new Promise((resolve) => {{
  const look = () => {{
    const card = document.querySelector('{CARD}');
    if (card && card.getAttribute("href") !== before) resolve(performance.now());
    return card && card.getAttribute("href") !== before;
  }};
  if (!look()) new MutationObserver((_, observer) => look() && observer.disconnect())
    .observe(document, {{ childList: true, subtree: true, attributes: true, attributeFilter: ["href"] }});
}});
window.opened = window.firstCard(null);
window.times = (shown, part) => {{
  const calls = performance.getEntriesByType("resource").filter(({{ name }}) => name.includes(part));
  const call = calls.at(-1);
  return {{ row: shown - call.startTime, call: call.responseEnd - call.startTime, at: shown }};
}};
"""
OPENED = "async () => window.times(await window.opened, '/api/videos?')"
SEARCHED = f"""async (words) => {{
  const shown = window.firstCard(document.querySelector('{CARD}').getAttribute("href"));
  const field = document.querySelector('input[type="search"]');
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, words);
  field.dispatchEvent(new Event("input", {{ bubbles: true }}));
  return window.times(await shown, "q=" + words);
}}"""


def measure(bench: Workbench) -> list[Measurement]:
    rows = bench.size(10_000, quick=200)
    static_dir = bench.folder("static")
    library.make_folders(static_dir, rows)
    with bench.database() as database_url:
        library.fill(database_url, rows)
        with bench.our_application(database_url=database_url, static_dir=static_dir) as ours:
            visits = asyncio.run(_visits(ours.url, bench.rounds))
    opened, searched = zip(*visits, strict=True)
    best = min(visit["at"] for visit in opened)
    return [
        _compared(
            f"the first row of {rows:,} videos, the page opened anew, from the call to the API on",
            opened,
            f"from the address to the row: {best:.0f} ms at best",
        ),
        _compared(f"the first row of a search among {rows:,} videos, in the open page", searched),
    ]


def _compared(what: str, taken: tuple[dict[str, float], ...], note: str = "") -> Measurement:
    return Measurement(
        what=what,
        peer_name="the same call, until its answer is there",
        unit="ms",
        pairs=[(visit["row"], visit["call"]) for visit in taken],
        target=Target(Bound.AT_MOST, LIMIT),
        note=note,
    )


async def _visits(url: str, rounds: int) -> list[tuple[dict[str, float], dict[str, float]]]:
    """Each by a browser profile that has never been here; the first of all warms up and does not count."""
    program, arguments = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        return [await _visit(browser, url) for _ in range(rounds + 1)][1:]


async def _visit(browser: Browser, url: str) -> tuple[dict[str, float], dict[str, float]]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    await page.add_init_script(SCRIPT)
    await page.goto(url)
    opened: dict[str, float] = await page.evaluate(OPENED)
    searched = await _search(page)
    await context.close()
    return opened, searched


async def _search(page: Page) -> dict[str, float]:
    """After two others, as of somebody who looks for something: what is done for the first time is slower."""
    found: dict[str, float] = {}
    for number in ("17", "42", "73"):
        await page.wait_for_load_state("networkidle")
        found = await page.evaluate(SEARCHED, number)
    return found
