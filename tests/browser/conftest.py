"""One engine and one Chromium a module, a fresh context a test that must end without a word on its console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect, sync_playwright

from tests.browser.plant import Plant, running_plant

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE_MS = 60_000
"""How long a page may take; its own default of 5 s is short on a busy machine."""
expect.set_options(timeout=PATIENCE_MS)
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def plant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """The engine with the flows that the module names in `FLOWS`."""
    with running_plant(tmp_path_factory.mktemp("plant"), *request.module.FLOWS) as made:
        yield made


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Chromium, as Debian ships it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


class Console:
    """What pages complain about; `allowed` holds pieces of complaints that a test provokes."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.allowed: list[str] = []

    def listen(self, page: Page) -> None:
        """Hear this page from now on."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", self._answered)

    def check(self) -> None:
        """Fail for anything that was not provoked."""
        left = [text for text in self.complaints if not any(piece in text for piece in self.allowed)]
        assert left == []

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")


@pytest.fixture
def console() -> Iterator[Console]:
    """What the pages of this test complained about; nothing, unless the test allows it."""
    console = Console()
    yield console
    console.check()


@pytest.fixture
def context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts: a person each."""
    made: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        settings = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "reduced_motion": "reduce"}
        context = browser.new_context(**{**settings, **options})  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        return context

    yield make
    for each in made:
        each.close()


@pytest.fixture
def open_page(plant: Plant, context: Callable[..., BrowserContext], console: Console) -> Open:
    """Opens a path as a user of this role, in a context of its own."""

    def open_page(path: str, role: str = "integrator", **options: object) -> Page:
        person = context(**options)
        host = urlsplit(plant.url).hostname or ""
        person.add_cookies([{"name": "flowengine_session", "value": plant.cookie(role), "domain": host, "path": "/"}])
        page = person.new_page()
        console.listen(page)
        plant.check()
        page.goto(plant.url + path)
        return page

    return open_page
