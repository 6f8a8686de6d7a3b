"""Accessibility checks of a page with axe."""

import json
from typing import Any

from playwright.async_api import Page

from scripts.dev.chromium import FRONTEND_DIR

AXE = (FRONTEND_DIR / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def violations(page: Page) -> list[str]:
    """Return the violations that axe finds, one line per element with rule and selector."""
    await page.evaluate(AXE)  # the page's own policy lets no further script in
    options = json.dumps({"runOnly": {"type": "tag", "values": RULES}})
    found: dict[str, Any] = await page.evaluate(f"axe.run(document, {options})")
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
