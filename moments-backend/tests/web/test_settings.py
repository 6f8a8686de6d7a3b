"""The settings page: sections that load and fail on their own, keys, webhooks, share links."""

import json
import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.api.support.rows import add_row
from tests.web.support.axe import violations
from tests.web.support.server import Site
from tests.web.support.wait import until, until_copied

pytestmark = pytest.mark.slow

WIDTHS = (1440, 820, 390)


async def settled_violations(page: Page) -> list[str]:
    """Return the violations after React Aria has removed the announcement of a pending button.

    It names the button by reference, and the button is gone with its dialog.
    """
    announcements = page.locator("[data-live-announcer] [role=img]")
    await expect(announcements).to_have_count(0)
    if not await violations(page):
        return []
    await expect(announcements).to_have_count(0)  # it came in the meantime
    return await violations(page)


async def opened(page: Page, site: Site, anchor: str = "") -> None:
    await page.goto(f"{site.url}/settings{anchor}")
    await expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()


async def test_sections_are_shown_at_every_width(page: Page, site: Site) -> None:
    await opened(page, site)
    health = page.get_by_role("region", name="Health")
    await expect(health.get_by_role("listitem").filter(has_text="Redis")).to_be_visible()
    await expect(page.get_by_role("region", name="Queue").get_by_text("active run")).to_be_visible()
    storage = page.get_by_role("region", name="Storage", exact=True)
    await expect(storage.get_by_role("columnheader", name="Kind").first).to_be_visible()
    configuration = page.get_by_role("region", name="Configuration")
    await expect(configuration.get_by_text("GCS_BUCKET_NAME")).to_be_visible()
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            await until(page, f"document.documentElement.scrollWidth <= {width}")
            assert await violations(page) == [], (scheme, width)


async def test_failed_sections_do_not_blank_the_page(page: Page, site: Site) -> None:
    async def fail(route: Route) -> None:
        await route.fulfill(status=500, body="broken")

    for path in ("system", "storage", "keys", "audit*", "settings", "webhooks", "shares", "verification"):
        await page.route(f"**/api/{path}", fail)
    await opened(page, site)
    section = page.get_by_role("region", name="API keys")
    await expect(section.get_by_role("alert")).to_be_visible()
    await expect(page.get_by_role("region", name="Vocabulary").get_by_role("textbox")).to_be_visible()
    await page.unroute("**/api/keys")
    await section.get_by_role("button", name="Retry").click()
    await expect(section.get_by_role("alert")).to_have_count(0)


async def test_keys_are_created_and_revoked(page: Page, site: Site) -> None:
    await opened(page, site, "#keys")
    section = page.get_by_role("region", name="API keys")
    await section.get_by_role("button", name="Create key").click()
    dialog = page.get_by_role("dialog", name="Create key")
    await dialog.get_by_role("textbox", name="Name").fill("tablet")
    await dialog.get_by_role("button", name="Create", exact=True).click()
    shown = page.get_by_role("dialog", name="Key tablet created")
    key = await shown.get_by_role("textbox", name="Key").input_value()
    assert key.startswith("vm_")
    assert await settled_violations(page) == []
    await shown.get_by_role("button", name="Done").click()
    await section.get_by_role("button", name="Revoke tablet").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    await expect(section.get_by_role("listitem").filter(has_text="tablet")).to_contain_text("Revoked")
    audit = page.get_by_role("region", name="Audit log", exact=True)
    await audit.get_by_role("textbox", name="Action").fill("key.revoke")
    await expect(audit.get_by_role("row").filter(has_text="tablet")).to_be_visible()


async def test_webhooks_show_their_secret_once(page: Page, site: Site) -> None:
    await opened(page, site, "#webhooks")
    section = page.get_by_role("region", name="Webhooks")
    await section.get_by_role("button", name="Add webhook").click()
    dialog = page.get_by_role("dialog", name="Add webhook")
    await dialog.get_by_role("textbox", name="Target").fill("https://hook.invalid/videos")
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_role("textbox", name="Secret")).to_have_value(re.compile("."))
    await page.get_by_role("button", name="Done").click()
    row = section.get_by_role("listitem").filter(has_text="hook.invalid")
    await row.get_by_role("button", name="Test").click()
    await expect(page.get_by_text("Test failed", exact=True)).to_be_visible()
    await row.get_by_role("button", name="Show deliveries").click()
    await expect(row.get_by_role("list", name="Deliveries")).to_contain_text("webhook.test")


async def test_subscriptions_have_tags_and_list_their_videos(page: Page, empty_site: Site) -> None:
    await opened(page, empty_site, "#subscriptions")
    section = page.get_by_role("region", name="Subscriptions")
    await section.get_by_role("button", name="Add subscription").click()
    dialog = page.get_by_role("dialog", name="Add subscription")
    await dialog.get_by_role("textbox", name="Address").fill("https://feeds.invalid/talks.xml")
    await dialog.get_by_role("combobox", name="Tags").press_sequentially("talks, ")
    await dialog.get_by_role("switch", name="Find moments").locator("xpath=ancestor::label").click()
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Subscribe").click()
    row = section.get_by_role("listitem").filter(has_text="feeds.invalid")
    await expect(row).to_contain_text("tags: talks · without moments")
    (created,) = empty_site.get("/api/subscriptions")
    assert (created["tags"], created["moments"]) == (["talks"], False)

    empty_site.library.execute(
        "INSERT INTO subscription_items (subscription_id, item_key, url, title, state)"
        " SELECT %s, md5(n::text), 'https://feeds.invalid/' || n, 'Talk ' || n, 'added'"
        " FROM generate_series(1, 25) n",
        created["id"],
    )
    await row.get_by_role("button", name="Show videos").click()
    items = section.get_by_role("list", name="Videos found").get_by_role("listitem")
    await expect(items).to_have_count(20)
    await section.get_by_role("button", name="Show more").click()
    await expect(items).to_have_count(25)
    await expect(section.get_by_role("button", name="Show more")).to_have_count(0)


async def test_links_are_created_and_revoked(page: Page, empty_site: Site) -> None:
    add_row(empty_site.library, "tides", title="Tides", duration_seconds=40.0)
    await page.goto(empty_site.url)
    card = page.get_by_role("list", name="Videos").get_by_role("listitem").filter(has_text="Tides")
    await card.hover()
    await card.get_by_role("button", name="Actions for Tides").click()
    await page.get_by_role("menuitem", name="Share…").click()
    dialog = page.get_by_role("dialog", name="Share video")
    await dialog.get_by_role("textbox", name="From").fill("0:05")
    await dialog.get_by_role("button", name="Create link").click()
    url = await dialog.get_by_role("textbox", name="New link").input_value()
    assert f"{empty_site.url}/s/" in url
    assert await settled_violations(page) == []
    await dialog.get_by_role("button", name="Copy link").click()
    await until_copied(page, url)
    (share,) = empty_site.get("/api/shares")
    assert share["start_time"] == 5
    await dialog.get_by_role("button", name="Revoke the link to Tides").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    await expect(dialog.get_by_text("Revoked", exact=True)).to_be_visible()
    await expect(dialog.get_by_role("button", name=re.compile("Revoke the link"))).to_have_count(0)


async def test_failed_files_of_migrations_are_shown(page: Page, empty_site: Site) -> None:
    problem = {"path": "b.mp4", "type": "empty-file", "detail": "b.mp4 is empty", "remedy": "replace it"}
    details = {"mode": "migrate", "migrated": 3, "skipped": 0, "failed": 2, "problems": [problem]}
    empty_site.library.execute(
        "INSERT INTO audit_log (actor, action, target_type, target_id, details)"
        " VALUES ('cli', 'library.migrate', 'folder', '/videos/', %s)",
        json.dumps(details),
    )
    await opened(page, empty_site, "#migrations")
    row = page.get_by_role("region", name="Migrations").get_by_role("listitem").filter(has_text="/videos/")
    await expect(row).to_contain_text("3 added, 0 already in the library, 2 failed")
    await expect(row.get_by_text("b.mp4 is empty.")).to_be_visible()
    await expect(row).to_contain_text("Replace it.")
    await expect(row).to_contain_text("1 more file failed")
    assert await violations(page) == []
