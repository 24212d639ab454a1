"""What a browser that never came before must fetch before a flow can be seen and edited."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Console
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("hall", "cooling")
MOST_BYTES = 230_000
"""Canvas and forms take 200 kB; the rest is icons of node types, and the ways to the first screen and the tour."""


def test_the_first_screen_takes_at_most_230_kb_on_the_wire(
    plant: Plant, context: Callable[..., BrowserContext], console: Console
) -> None:
    person = context()
    host = urlsplit(plant.url).hostname or ""
    cookie = {"name": "flowengine_session", "value": plant.cookie("integrator"), "domain": host, "path": "/"}
    person.add_cookies([cookie])  # type: ignore[list-item]
    page = person.new_page()
    console.listen(page)
    fetched: dict[str, str] = {}
    bytes_of: dict[str, int] = {}
    session = person.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.responseReceived", lambda event: fetched.update({event["requestId"]: event["response"]["url"]}))
    session.on(
        "Network.loadingFinished", lambda event: bytes_of.update({event["requestId"]: event["encodedDataLength"]})
    )
    page.goto(f"{plant.url}/flow/hall")
    expect(page.locator(".react-flow__node[data-id=sensors]")).to_be_visible()
    expect(page.locator(".palette-item").first).to_be_visible()
    page.wait_for_timeout(500)  # what the screen asks for by itself
    sizes = {fetched[id]: size for id, size in bytes_of.items() if "favicon" not in fetched[id]}  # no part of a screen
    assert any("/assets/Canvas-" in url for url in sizes)
    assert sum(sizes.values()) <= MOST_BYTES, sizes
