"""Scrolling through, and interacting with, the library page of a long library."""

import asyncio
from dataclasses import dataclass
from statistics import median

from playwright.async_api import Browser, Page, async_playwright

from benchmarks import library
from benchmarks.measurement import Bound, Measurement, Target
from benchmarks.workbench import Workbench
from scripts.dev.chromium import find_chromium

CARD = 'main a[href^="/watch/"]'
LONG_TASK_MS = 50
INTERACTION_MS = 100
STEPS = 40
MIB = 1024**2
OVERLAYS = {"Theme": "menu", "More filters": "dialog"}
"""Roles of the overlays by the name of their button."""

OBSERVE = """
window.longTasks = [];
window.interactions = [];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longTasks.push(duration);
}).observe({ type: "longtask" });
new PerformanceObserver((list) => {
  for (const { interactionId, duration } of list.getEntries())
    if (interactionId) window.interactions.push(duration);
}).observe({ type: "event", durationThreshold: 16 });
"""
# Scrolls for 180 frames at the speed of a wheel; returns the long tasks of that time.
SCROLL = """async () => {
  window.longTasks.length = 0;
  for (let frame = 0; frame < 180; frame += 1) {
    window.scrollBy(0, 90);
    await new Promise(requestAnimationFrame);
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  return window.longTasks;
}"""
# Scrolls to the end of the list, which loads its pages.
LOAD_ALL = """async () => {
  let height = 0;
  for (let step = 0; step < 400; step += 1) {
    window.scrollTo(0, document.documentElement.scrollHeight * (step / 100));
    await new Promise((resolve) => setTimeout(resolve, 30));
    height = document.documentElement.scrollHeight;
  }
  window.scrollTo(0, 0);
  return height;
}"""


@dataclass(frozen=True)
class Visit:
    """Figures of one browser profile."""

    longest_task: float
    interactions: list[float]
    heap_before: float
    heap_after: float


def measure(bench: Workbench) -> list[Measurement]:
    rows = bench.size(10_000, quick=200)
    static_dir = bench.folder("static")
    library.make_folders(static_dir, rows)
    with bench.database() as database_url:
        library.fill(database_url, rows)
        with bench.our_application(database_url=database_url, static_dir=static_dir) as ours:
            visits = asyncio.run(_visits(ours.url, bench.rounds))
    return [
        Measurement(
            what=f"longest task while scrolling {rows:,} videos, after load (0: none over {LONG_TASK_MS} ms)",
            peer_name="a long task",
            unit="ms",
            pairs=[(visit.longest_task, LONG_TASK_MS) for visit in visits],
            target=Target(Bound.AT_MOST, 1),
        ),
        Measurement(
            what=f"interaction to next paint on the page of {rows:,} videos, median of"
            f" {len(visits[0].interactions)} clicks and keys",
            peer_name="the target",
            unit="ms",
            pairs=[(median(visit.interactions), INTERACTION_MS) for visit in visits],
            target=Target(Bound.AT_MOST, 1),
        ),
        Measurement(
            what=f"JavaScript heap after {STEPS} screens of {rows:,} videos",
            peer_name="the same after one screen",
            unit="MiB",
            pairs=[(visit.heap_after / MIB, visit.heap_before / MIB) for visit in visits],
        ),
    ]


async def _visits(url: str, rounds: int) -> list[Visit]:
    """Visit the page with a new browser profile per round, after one warm-up visit."""
    program, arguments = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        return [await _visit(browser, url) for _ in range(rounds + 1)][1:]


async def _visit(browser: Browser, url: str) -> Visit:
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900}, service_workers="block", reduced_motion="reduce"
    )
    page = await context.new_page()
    await page.add_init_script(OBSERVE)
    await page.goto(url)
    await page.locator(CARD).first.wait_for()
    await page.wait_for_load_state("networkidle")
    interactions = await _interact(page)
    heap_before = await _heap(page)
    await page.evaluate(LOAD_ALL)
    await page.wait_for_load_state("networkidle")
    longest = max(await page.evaluate(SCROLL), default=0.0)
    interactions += await _interact(page)
    heap_after = await _heap(page)
    await context.close()
    return Visit(longest, interactions, heap_before, heap_after)


async def _heap(page: Page) -> float:
    """Return the bytes of the JavaScript heap after a garbage collection."""
    session = await page.context.new_cdp_session(page)
    await session.send("HeapProfiler.collectGarbage")
    usage = await session.send("Runtime.getHeapUsage")
    await session.detach()
    return float(usage["usedSize"])


async def _interact(page: Page) -> list[float]:
    """Open and close menus, move between cards, and change the selection; return the durations."""
    await page.evaluate("window.interactions.length = 0; window.scrollTo(0, 0)")
    for name, role in OVERLAYS.items():
        await page.get_by_role("button", name=name).click()
        overlay = page.locator(f"[role={role}]")
        await overlay.wait_for()
        await page.keyboard.press("Escape")
        await overlay.wait_for(state="hidden")
    await page.locator(CARD).first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft"):
        await page.keyboard.press(key)
    await page.get_by_role("button", name="Select", exact=True).click()
    await page.keyboard.press("Escape")
    await page.wait_for_timeout(500)
    found: list[float] = await page.evaluate("window.interactions")
    # Interactions of less than 16 ms are not reported.
    return found or [16.0]
