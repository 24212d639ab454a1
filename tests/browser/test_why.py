"""What passes a node: a tap opens its panel, follows its filter, keeps pins; what does not run offers none."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import check_axe
from tests.browser.conftest import Open
from tests.browser.plant import Plant

pytestmark = pytest.mark.browser
FLOWS = ("hall",)


def select(page: Page, id: str) -> None:
    page.locator(f'.react-flow__node[data-id="{id}"]').click()


def test_a_tap_opens_its_panel_follows_its_filter_and_keeps_what_is_pinned(open_page: Open) -> None:
    page = open_page("/flow/hall")
    page.get_by_role("tab", name="Log").click()
    select(page, "usable")
    page.get_by_role("button", name="Tap", exact=True).click()
    expect(page.get_by_role("tab", name="Messages")).to_have_attribute("aria-selected", "true")
    rows = page.locator(".virtual .message")
    rows.filter(has_text="temp").first.click()
    page.locator(".message-detail").get_by_role("button", name="Pin").click()
    pins = page.get_by_role("region", name="Pinned")
    expect(pins.locator(".message")).to_have_count(1)
    pins.locator(".message").click()
    expect(pins.get_by_role("button", name="Copy the path payload.value")).to_be_visible()
    check_axe(page)
    page.get_by_label("Text in the message").fill("level")
    page.get_by_label("Condition").focus()  # it is listened to anew, without another click
    expect(rows.first).to_contain_text("level")
    expect(rows.filter(has_text="temp")).to_have_count(0)
    expect(pins).to_contain_text("temp")


def test_what_does_not_run_yet_offers_no_tap(open_page: Open, plant: Plant) -> None:
    flow = plant.call("GET", "flows/hall")
    draft = {"op": "add", "path": ["nodes", "later"], "value": {"type": "log"}}
    plant.call("PATCH", "flows/hall", {"operations": [draft]}, If_Match=flow["etag"])
    page = open_page("/flow/hall")
    select(page, "later")
    expect(page.get_by_role("heading", name="later")).to_be_visible()
    expect(page.get_by_role("button", name="Tap", exact=True)).to_have_count(0)
    plant.call("POST", "flows/hall/discard", {}, If_Match=plant.call("GET", "flows/hall")["etag"])
