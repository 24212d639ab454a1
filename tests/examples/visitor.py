"""A person with a browser at a running engine, who has set the first password. Knows no flow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from flowengine.store.accounts import Accounts
from tests.browser.conftest import ARGUMENTS, PATIENCE_MS

expect.set_options(timeout=PATIENCE_MS)
NAME, PASSWORD = "ada", "correct horse battery"


def add_user(data: Path) -> None:
    """Before the engine starts, which reads its users then."""
    data.mkdir(exist_ok=True)
    accounts = Accounts(data)
    accounts.add_user(NAME, PASSWORD, "operator")
    accounts.close()


@asynccontextmanager
async def visiting(chromium: Path, url: str) -> AsyncIterator[Page]:
    """A page of a person who is logged in; fails in the end when the console said something."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        try:
            page = await browser.new_page(locale="en-GB", reduced_motion="reduce", base_url=url)
            page.set_default_timeout(PATIENCE_MS)
            await page.goto("/")
            await page.get_by_label("Name").fill(NAME)
            await page.get_by_label("Password").fill(PASSWORD)
            await page.keyboard.press("Enter")
            await page.get_by_role("button", name="Account and settings").wait_for()
            page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            yield page
        finally:
            await browser.close()
    assert complaints == []
