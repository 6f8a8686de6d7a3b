"""Time to the first row of a long library in a browser, and smoothness of scrolling."""

import asyncio
from dataclasses import dataclass

from playwright.async_api import Browser, Page, async_playwright

from benchmarks import library
from benchmarks.measurement import Bound, Measurement, Target
from benchmarks.workbench import Workbench
from scripts.dev.chromium import find_chromium

CARD = 'main a[href^="/watch/"]'
WAIT_MS = 30_000
LIMIT = 1.5

# Runs before the page's own scripts; `firstCard` resolves when the first card differs from `before`.
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


# Scrolls for two seconds; returns the 95th percentile of the frame times.
SCROLLED = """async () => {
  const frames = [];
  let before = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < 120; frame += 1) {
    window.scrollBy(0, 60);
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    before = now;
  }
  frames.sort((one, other) => one - other);
  return frames[Math.floor(frames.length * 0.95)];
}"""
BLANK = "<!doctype html><div style='height: 100000px'></div>"

Times = dict[str, float]


@dataclass(frozen=True)
class Visit:
    """Times of one browser profile in milliseconds."""

    opened: Times
    searched: Times
    scrolled: float
    scrolled_blank: float


def measure(bench: Workbench) -> list[Measurement]:
    rows = bench.size(10_000, quick=200)
    static_dir = bench.folder("static")
    library.make_folders(static_dir, rows)
    with bench.database() as database_url:
        library.fill(database_url, rows)
        with bench.our_application(database_url=database_url, static_dir=static_dir) as ours:
            visits = asyncio.run(_visits(ours.url, bench.rounds))
    best = min(visit.opened["at"] for visit in visits)
    return [
        _first_row(
            f"first row of {rows:,} videos on a fresh page load, from the API request on",
            [visit.opened for visit in visits],
            f"from navigation to the row: {best:.0f} ms at best",
        ),
        _first_row(
            f"first row of a search in {rows:,} videos, page already open",
            [visit.searched for visit in visits],
        ),
        Measurement(
            what=f"95th percentile frame time while scrolling {rows:,} videos",
            peer_name="the same on an empty page",
            unit="ms",
            pairs=[(visit.scrolled, visit.scrolled_blank) for visit in visits],
        ),
    ]


def _first_row(what: str, taken: list[Times], note: str = "") -> Measurement:
    return Measurement(
        what=what,
        peer_name="the API request itself",
        unit="ms",
        pairs=[(times["row"], times["call"]) for times in taken],
        target=Target(Bound.AT_MOST, LIMIT),
        note=note,
    )


async def _visits(url: str, rounds: int) -> list[Visit]:
    """Visit the page with a new browser profile per round, after one warm-up visit."""
    program, arguments = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        return [await _visit(browser, url) for _ in range(rounds + 1)][1:]


async def _visit(browser: Browser, url: str) -> Visit:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    blank = await context.new_page()
    await blank.set_content(BLANK)
    scrolled_blank: float = await blank.evaluate(SCROLLED)
    await blank.close()
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    await page.add_init_script(SCRIPT)
    await page.goto(url)
    opened: Times = await page.evaluate(OPENED)
    searched = await _search(page)
    await page.goto(url)
    await page.evaluate(OPENED)
    await page.wait_for_load_state("networkidle")
    scrolled: float = await page.evaluate(SCROLLED)
    await context.close()
    return Visit(opened, searched, scrolled, scrolled_blank)


async def _search(page: Page) -> Times:
    """Return the times of the third search, since the first ones are slower."""
    found: Times = {}
    for words in ("17", "42", "73"):
        await page.wait_for_load_state("networkidle")
        found = await page.evaluate(SEARCHED, words)
    return found
