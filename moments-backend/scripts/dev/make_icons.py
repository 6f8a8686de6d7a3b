"""Render the app's icons from `public/icon.svg`: `python -m scripts.dev.make_icons`."""

import asyncio

from playwright.async_api import async_playwright

from scripts.dev.chromium import FRONTEND_DIR, find_chromium

PUBLIC = FRONTEND_DIR / "public"
BACKGROUND = "#c2410c"
SAFE_SHARE = 0.72
"""Systems cut maskable icons to a circle of 80 % of their size."""

ICONS = (
    ("icon-192.png", 192, 1.0, "transparent"),
    ("icon-512.png", 512, 1.0, "transparent"),
    ("maskable-512.png", 512, SAFE_SHARE, BACKGROUND),
    ("apple-touch-180.png", 180, 0.86, BACKGROUND),
)


async def main() -> None:
    svg = (PUBLIC / "icon.svg").read_text()
    (PUBLIC / "icons").mkdir(exist_ok=True)
    program, arguments = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        for name, size, share, background in ICONS:
            page = await browser.new_page(viewport={"width": size, "height": size})
            await page.set_content(
                f"<style>body{{margin:0;display:grid;place-items:center;height:100vh;background:{background}}}"
                f"svg{{width:{size * share}px;height:{size * share}px}}</style>{svg}"
            )
            await page.screenshot(path=PUBLIC / "icons" / name, omit_background=background == "transparent")
            await page.close()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
